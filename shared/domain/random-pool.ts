const poolBytes = 4_096;

/**
 * Draws random bytes from a pool that `fill` fills at once: a call of the system's generator takes
 * longer than encrypting a short text, however few bytes it returns. No byte is drawn twice, and
 * what was drawn is never written again.
 */
export const randomPool = (
  fill: (bytes: Uint8Array) => unknown,
): ((count: number) => Uint8Array) => {
  let pool = new Uint8Array(0);
  let drawn = 0;
  return (count) => {
    if (drawn + count > pool.length) {
      pool = new Uint8Array(Math.max(poolBytes, count));
      fill(pool);
      drawn = 0;
    }
    drawn += count;
    return pool.subarray(drawn - count, drawn);
  };
};
