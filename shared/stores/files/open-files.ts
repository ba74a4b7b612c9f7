import { z } from 'zod';
import { fileBucket } from './file-bucket.ts';
import { fileFolder } from './file-folder.ts';
import type { FileStore } from './file-store.ts';

/** Where files of changes are. */
const location = z
  .string()
  .regex(
    /^(?:\/|s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/[\w./-]*)?$)/,
    'must be the absolute path of a folder, or s3://bucket/prefix',
  );

/** The variables for the location of files and, for `s3://`, the access key. */
export const locationShape = {
  ANALYTICS_LOCATION: location,
  /** Such as `https://s3.eu-central-1.amazonaws.com`, or the address of another object store. */
  S3_ENDPOINT: z.url().default('https://s3.us-east-1.amazonaws.com'),
  S3_REGION: z.string().default('us-east-1'),
  S3_ACCESS_KEY_ID: z.string().default(''),
  S3_SECRET_ACCESS_KEY: z.string().default(''),
};

type Location = z.output<z.ZodObject<typeof locationShape>>;

/** Opens the folder or the bucket. No request is sent yet. */
export const openFiles = ({ ANALYTICS_LOCATION: place, ...s3 }: Location): FileStore => {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)\/?(.*?)\/*$/.exec(place) ?? [];
  if (bucket === undefined) return fileFolder(place);
  return fileBucket({
    endpoint: s3.S3_ENDPOINT.replace(/\/+$/, ''),
    region: s3.S3_REGION,
    bucket,
    prefix: prefix === '' ? '' : `${prefix}/`,
    accessKeyId: s3.S3_ACCESS_KEY_ID,
    secretAccessKey: s3.S3_SECRET_ACCESS_KEY,
  });
};
