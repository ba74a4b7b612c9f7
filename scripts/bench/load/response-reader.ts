const headEnd = Buffer.from('\r\n\r\n');
const lastChunk = Buffer.from('0\r\n\r\n');

/** An answer that is complete. */
export type Answer = Readonly<{
  status: string;
  /** Whether the server closes the connection after it. */
  closes: boolean;
}>;

/**
 * Reads HTTP/1.1 responses from a connection with one request in flight at a time, and passes on
 * each once it is complete. Supports content-length and chunked bodies; the latter end with known
 * bytes.
 */
export const createResponseReader = (complete: (answer: Answer) => void) => {
  let pending: Buffer = Buffer.alloc(0);
  return (chunk: Buffer): void => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    const end = pending.indexOf(headEnd);
    if (end < 0) return;
    const head = pending.toString('latin1', 0, end);
    if (!isComplete(head, pending.subarray(end + headEnd.length))) return;
    pending = Buffer.alloc(0);
    complete({ status: head.slice(9, 12), closes: /\r\nconnection: close/i.test(head) });
  };
};

const isComplete = (head: string, body: Buffer): boolean => {
  if (head.startsWith('204', 9)) return true;
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length !== undefined) return body.length >= Number(length);
  if (/\r\ntransfer-encoding: chunked/i.test(head)) return body.subarray(-5).equals(lastChunk);
  return true;
};
