/**
 * Writes numbers and texts one after the other, as the protocol of Kafka has them, into one buffer
 * that grows.
 */
export class ByteWriter {
  #buffer = Buffer.allocUnsafe(65_536);
  #length = 0;

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  int8(value: number): void {
    this.#length = this.#room(1).writeInt8(value, this.#length);
  }

  int16(value: number): void {
    this.#length = this.#room(2).writeInt16BE(value, this.#length);
  }

  int32(value: number): void {
    this.#length = this.#room(4).writeInt32BE(value, this.#length);
  }

  int64(value: bigint): void {
    this.#length = this.#room(8).writeBigInt64BE(value, this.#length);
  }

  /**
   * An integer of variable length: https://protobuf.dev/programming-guides/encoding/#signed-ints
   */
  varint(value: number): void {
    const buffer = this.#room(5);
    let left = (value << 1) ^ (value >> 31);
    while ((left & ~0x7f) !== 0) {
      buffer[this.#length++] = (left & 0x7f) | 0x80;
      left >>>= 7;
    }
    buffer[this.#length++] = left;
  }

  /** The bytes themselves, without their length; `bytes` is the length of a text in UTF-8. */
  raw(value: Buffer | string, bytes: number): void {
    const buffer = this.#room(bytes);
    if (typeof value === 'string') buffer.write(value, this.#length, bytes, 'utf8');
    else value.copy(buffer, this.#length);
    this.#length += bytes;
  }

  /** Writes a number where room was left for it. */
  putInt32(value: number, position: number): void {
    this.#buffer.writeInt32BE(value, position);
  }

  /** The bytes from a position on. */
  from(position: number): Buffer {
    return this.#buffer.subarray(position, this.#length);
  }

  #room(bytes: number): Buffer {
    const needed = this.#length + bytes;
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(2 * needed);
      this.#buffer.copy(grown, 0, 0, this.#length);
      this.#buffer = grown;
    }
    return this.#buffer;
  }
}

/** How many bytes a number takes as a `varint`. */
export const varintBytes = (value: number): number => {
  let left = (value << 1) ^ (value >> 31);
  let bytes = 1;
  while ((left & ~0x7f) !== 0) {
    bytes += 1;
    left >>>= 7;
  }
  return bytes;
};
