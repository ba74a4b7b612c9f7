import type { IncomingMessage } from 'node:http';
import { readBody } from '../../read-body.ts';
import { HttpProblem } from '../problem.ts';
import { requireNoEncoding, unsupportedBody } from './unsupported-body.ts';

/** A body as it came and as it reads. */
type JsonBody = Readonly<{ bytes: Uint8Array; value: unknown }>;

/**
 * Reads a body of JSON in UTF-8, which RFC 8259 (8.1) prescribes whatever charset is named.
 * @throws HttpProblem 413 when it is too large, 415 when it is not application/json, 400 when it
 * does not parse.
 */
export const readJson = async (request: IncomingMessage): Promise<JsonBody> => {
  requireJson(request);
  const bytes = await readBody(request);
  return { bytes, value: parse(bytes) };
};

const requireJson = ({ headers }: IncomingMessage): void => {
  if (!/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) {
    throw unsupportedBody('The body must be application/json');
  }
  requireNoEncoding(headers);
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

const parse = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    // The parser's message quotes the body, which may contain private data.
    throw new HttpProblem(400, 'malformed-json', 'The body is not valid JSON in UTF-8');
  }
};
