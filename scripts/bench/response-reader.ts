const headEnd = Buffer.from('\r\n\r\n');

/**
 * Reads HTTP/1.1 answers off a connection that has one request under way at a time, and says the status of each once it
 * is complete. Knows content-length and chunked bodies by their last bytes, which is all our own servers send.
 */
export const createResponseReader = (complete: (status: string) => void) => {
  let pending: Buffer = Buffer.alloc(0);
  return (chunk: Buffer): void => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    const end = pending.indexOf(headEnd);
    if (end < 0) return;
    const head = pending.latin1Slice(0, end);
    if (!isComplete(head, pending.subarray(end + headEnd.length))) return;
    pending = Buffer.alloc(0);
    complete(head.slice(9, 12));
  };
};

const isComplete = (head: string, body: Buffer): boolean => {
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length !== undefined) return body.length >= Number(length);
  if (/\r\ntransfer-encoding: chunked/i.test(head)) return body.subarray(-5).equals(lastChunk);
  return true;
};

const lastChunk = Buffer.from('0\r\n\r\n');
