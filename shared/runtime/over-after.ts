/**
 * Returns a function that returns whether so many milliseconds have passed since this call: a run
 * stops then, and the next one continues.
 */
export const overAfter = (
  ms: number,
  clock: () => Date | number = () => performance.now(),
): (() => boolean) => {
  const endsAt = Number(clock()) + ms;
  return () => Number(clock()) > endsAt;
};
