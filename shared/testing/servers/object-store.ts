import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterFile } from './after-file.ts';

const keys = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' };
const region = 'eu-central-1';

const hmac = (key: string | Buffer, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest();
const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

const authorizationOf = ({ headers: { authorization = '' } }: IncomingMessage) => {
  const [, credential = '', names = '', signature = ''] =
    /Credential=([^,]+), SignedHeaders=([^,]+), Signature=(\w+)/.exec(authorization) ?? [];
  const [accessKeyId, date = '', ...scope] = credential.split('/');
  return { accessKeyId, date, scope, names, signature };
};

/**
 * The signature that a request must have, computed from what arrived:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
const isSigned = (request: IncomingMessage, body: Buffer): boolean => {
  const { method, url = '', headers } = request;
  const { accessKeyId, date, scope, names, signature } = authorizationOf(request);
  const { pathname, searchParams } = new URL(url, 'http://store');
  const query = Array.from(searchParams, (pair) => pair.map(encodeURIComponent).join('=')).sort();
  const signed = names.split(';').map((name) => `${name}:${String(headers[name])}\n`);
  const path = pathname.split('/').map((part) => encodeURIComponent(decodeURIComponent(part)));
  const digest = String(headers['x-amz-content-sha256']);
  const canonical = [method, path.join('/'), query.join('&'), signed.join(''), names, digest];
  const text = [
    'AWS4-HMAC-SHA256',
    headers['x-amz-date'],
    [date, ...scope].join('/'),
    sha256(canonical.join('\n')),
  ].join('\n');
  const key = [date, ...scope].reduce<string | Buffer>(
    (from, part) => hmac(from, part),
    `AWS4${keys.secretAccessKey}`,
  );
  const expected = hmac(key, text).toString('hex');
  return (
    accessKeyId === keys.accessKeyId &&
    digest === sha256(body) &&
    signature.length === expected.length &&
    timingSafeEqual(Buffer.from(signature), Buffer.from(expected))
  );
};

const listing = (objects: ReadonlyMap<string, Buffer>, query: URLSearchParams): string => {
  const after = query.get('continuation-token') ?? '';
  const names = [...objects.keys()]
    .filter((name) => name.startsWith(query.get('prefix') ?? '') && name > after)
    .sort();
  const page = names.slice(0, 2);
  const contents = page.map(
    (name) =>
      `<Contents><Key>${encodeURIComponent(name)}</Key><Size>${objects.get(name)?.length}</Size></Contents>`,
  );
  const next =
    names.length > page.length
      ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>`
      : '';
  return `<ListBucketResult>${contents.join('')}${next}</ListBucketResult>`;
};

/**
 * An object store in memory, for a test file, with the part of S3's protocol that our files need.
 * It checks signatures and digests of bodies, and lists two objects per page.
 */
export const objectStore = async () => {
  const objects = new Map<string, Buffer>();
  const state = { isFailing: false };
  const answer = (request: IncomingMessage, response: ServerResponse, body: Buffer): void => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://store');
    const name = decodeURIComponent(pathname.replace(/^\/bucket\/?/, ''));
    const methods: Readonly<Record<string, () => void>> = {
      PUT: () => {
        objects.set(name, body);
        response.end();
      },
      DELETE: () => response.writeHead(objects.delete(name) ? 204 : 404).end(),
      GET: () =>
        name === ''
          ? response.end(listing(objects, searchParams))
          : response.writeHead(objects.has(name) ? 200 : 404).end(objects.get(name)),
    };
    if (state.isFailing) response.writeHead(503).end('<Code>SlowDown</Code>');
    else if (isSigned(request, body)) methods[request.method ?? '']?.();
    else response.writeHead(403).end('<Code>SignatureDoesNotMatch</Code>');
  };
  const server = createServer((request, response) => {
    void buffer(request).then((body) => answer(request, response, body));
  }).listen(0, '127.0.0.1');
  afterFile(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    ...keys,
    region,
    bucket: 'bucket',
    endpoint: `http://127.0.0.1:${port}`,
    objects,
    state,
  };
};
