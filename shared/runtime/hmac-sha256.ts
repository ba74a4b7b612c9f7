import { hash } from 'node:crypto';

const blockBytes = 64;
/** Texts of more bytes are rare: they get a buffer of their own. */
const textBytesMax = 1_024;

/**
 * HMAC-SHA-256 (RFC 2104) of texts with one key of at most 64 bytes, in hexadecimal: what
 * `createHmac` returns, in half the time, since no object is made and collected for each text.
 */
export const hmacSha256 = (key: Uint8Array): ((text: string) => string) => {
  if (key.length > blockBytes)
    throw new RangeError(`A key has at most ${blockBytes} bytes, not ${key.length}`);
  const padded = (byte: number, moreBytes: number): Buffer => {
    const buffer = Buffer.alloc(blockBytes + moreBytes, byte);
    key.forEach((own, index) => {
      buffer[index] = own ^ byte;
    });
    return buffer;
  };
  const inner = padded(0x36, textBytesMax);
  const outer = padded(0x5c, 32);
  return (text) => {
    // A code unit of UTF-16 has at most three bytes in UTF-8.
    const isShort = text.length * 3 <= textBytesMax;
    const buffer = isShort ? inner : padded(0x36, Buffer.byteLength(text));
    const bytes = blockBytes + buffer.write(text, blockBytes);
    outer.write(hash('sha256', buffer.subarray(0, bytes)), blockBytes, 'hex');
    return hash('sha256', outer);
  };
};
