/** A request as a recording of the data plane has it. */
export type CapturedRequest = Readonly<{
  requestLine: string;
  headers: readonly (readonly string[])[];
  bodyBytes: number;
  bodyStart: string;
  bodyStartBase64?: string;
  answered: string;
}>;

type Received = Readonly<{
  method: string;
  url: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  bytes: Buffer;
}>;

/** Headers that differ here by nature. Everything else of a request is compared. */
const differences: Readonly<Record<string, (value: string) => string | undefined>> = {
  // The address of the recorder.
  host: () => undefined,
  // undici sends `keep-alive`, which HTTP/1.1 implies.
  connection: () => undefined,
  // undici sends the length of every POST, even of an empty one; a server sees no body either way.
  'content-length': (value) => (value === '0' ? undefined : value),
  // The last part but one is a random number.
  traceparent: (value) => value.replace(/-[\da-f]{16}-/, '-span-'),
};

const comparableHeaders = (headers: Iterable<readonly [name: string, value: string]>) => {
  const entries = Array.from(headers, ([name, value]) => {
    const change = differences[name.toLowerCase()];
    return [name.toLowerCase(), change ? change(value) : value];
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Readonly<
    Record<string, string>
  >;
};

/** A captured request in the form that `received` gives our requests. */
export const captured = ({ requestLine, headers, ...body }: CapturedRequest) => ({
  path: requestLine.split(' ')[1],
  headers: comparableHeaders(headers.map(([name = '', value = '']) => [name, value])),
  bodyBytes: body.bodyBytes,
  bodyStart: Buffer.from(
    body.bodyStartBase64 ?? body.bodyStart,
    body.bodyStartBase64 === undefined ? 'utf8' : 'base64',
  ).toString('base64'),
});

/** A request that we received, with as much of its body as the captured one shows. */
export const received = (
  { url, headers, bytes }: Received,
  { bodyStart }: { bodyStart: string },
) => ({
  path: url,
  headers: comparableHeaders(Object.entries(headers).map(([name, value]) => [name, String(value)])),
  bodyBytes: bytes.length,
  bodyStart: bytes.subarray(0, Buffer.from(bodyStart, 'base64').length).toString('base64'),
});

/**
 * The answer that the recorder gave. Its body is known from the dead letter that followed, up to
 * its 1024th byte; where the letter was cut off there, more follows.
 */
export const answerTo = (
  request: CapturedRequest,
  letter: CapturedRequest | undefined,
): Readonly<{ status: number; body: string }> => {
  const status = Number(request.answered.split(' ')[0]);
  const data = letter?.headers.find(([name]) => name === 'ce-knativeerrordata')?.[1];
  const body = Buffer.from(data ?? '', 'base64').toString();
  if (status === 200) return { status, body: '{"not":"an event"}' };
  return { status, body: body.length === 1024 ? body + 'x'.repeat(1024) : body };
};
