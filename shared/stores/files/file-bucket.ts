import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream, openAsBlob } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { AwsClient } from 'aws4fetch';
import { Unavailable } from '#shared/domain/errors.ts';
import { slices } from '#shared/domain/slices.ts';
import { asUnavailable } from './as-unavailable.ts';
import { fileDigest } from './file-digest.ts';
import type { FileStore, StoredFile } from './file-store.ts';

/** A bucket of an object store that speaks the protocol of S3. */
export type Bucket = Readonly<{
  /** Such as `https://s3.eu-central-1.amazonaws.com`; the bucket follows as the first path segment. */
  endpoint: string;
  region: string;
  bucket: string;
  /** Goes before every name: empty, or ends with `/`. */
  prefix: string;
  accessKeyId: string;
  secretAccessKey: string;
}>;

/** A request that takes longer is given up: 64 MiB need 9 Mbit/s. */
const requestMsMax = 60_000;

/** Requests that are sent at once. */
const requestsMax = 16;

/**
 * Files in a bucket. An object appears as a whole, and a listing in the order of names, by pages,
 * shows every write and removal that ended before its page was requested:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel
 * Files are made and read in the temporary folder of this machine.
 */
export const fileBucket = (bucket: Bucket): FileStore => {
  const { prefix } = bucket;
  const send = sender(bucket);

  return {
    list: async (folder) => {
      const found: StoredFile[] = [];
      let token: string | undefined;
      do {
        const response = await send('GET', pageOf(prefix + folder, token));
        const text = await textOf(response);
        found.push(...filesIn(text, prefix));
        token = /<NextContinuationToken>([^<]+)</.exec(text)?.[1];
      } while (token !== undefined);
      return found;
    },
    write: (name, fill) =>
      inTemporaryFolder(async (path) => {
        await fill(path);
        const body = await openAsBlob(path);
        await send('PUT', `/${prefix}${name}`, { body, sha256: await fileDigest(path) });
        return body.size;
      }),
    read: async (name) => {
      const path = join(tmpdir(), `guerdon-${randomUUID()}`);
      const release = () => rm(path, { force: true });
      const response = await send('GET', `/${prefix}${name}`, { absent: true });
      if (response.status === 404) return undefined;
      await download(response, path).catch(async (error: unknown) => {
        await release();
        throw new Unavailable('s3', `Reading ${name} failed`, { cause: error });
      });
      return { path, release };
    },
    remove: async (names) => {
      for (const some of slices(names, requestsMax)) {
        await Promise.all(
          some.map((name) => send('DELETE', `/${prefix}${name}`, { absent: true })),
        );
      }
    },
  };
};

const pageOf = (prefix: string, token: string | undefined): string => {
  const query = { 'list-type': '2', 'encoding-type': 'url', prefix };
  const next = token === undefined ? {} : { 'continuation-token': token };
  return `?${new URLSearchParams({ ...query, ...next }).toString()}`;
};

const download = ({ body }: Response, path: string): Promise<void> =>
  pipeline(Readable.fromWeb(body as ReadableStream), createWriteStream(path));

type Request = Readonly<{
  body?: Blob;
  /** Of the body, in hexadecimal: the store refuses one that changed on the way. */
  sha256?: string;
  /** Whether 404 is an answer. */
  absent?: boolean;
}>;

const sender = ({ endpoint, region, bucket, accessKeyId, secretAccessKey }: Bucket) => {
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 0 });
  return async (method: string, path: string, { body, sha256, absent }: Request = {}) => {
    const url = `${endpoint}/${bucket}${path}`;
    const response = await client
      .fetch(url, {
        method,
        ...(body !== undefined && { body }),
        headers: { 'x-amz-content-sha256': sha256 ?? emptySha256 },
        signal: AbortSignal.timeout(requestMsMax),
      })
      .catch((error: unknown) => {
        throw new Unavailable('s3', `${method} ${url} failed`, { cause: error });
      });
    if (response.ok || (absent === true && response.status === 404)) return response;
    const text = (await textOf(response)).slice(0, 300);
    throw new Unavailable('s3', `${method} ${url} was answered ${response.status}: ${text}`);
  };
};

/** The body of a response, whose connection may break before its end. */
const textOf = async (response: Response): Promise<string> => {
  try {
    return await response.text();
  } catch (error) {
    throw new Unavailable('s3', `${response.url} broke off`, { cause: error });
  }
};

const emptySha256 = createHash('sha256').digest('hex');

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
const filesIn = (listing: string, prefix: string): readonly StoredFile[] =>
  Array.from(listing.matchAll(/<Contents>(.*?)<\/Contents>/gs), ([, entry = '']) => ({
    name: decodeURIComponent(/<Key>([^<]*)</.exec(entry)?.[1] ?? '').slice(prefix.length),
    bytes: Number(/<Size>(\d+)</.exec(entry)?.[1]),
  }));

const inTemporaryFolder = <Result>(work: (path: string) => Promise<Result>): Promise<Result> =>
  asUnavailable('The temporary folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'guerdon-'));
    try {
      return await work(join(folder, 'file'));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
