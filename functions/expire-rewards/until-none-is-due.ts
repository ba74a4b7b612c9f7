/**
 * Lots or accounts of one transaction: enough that it costs little per piece, so few that it holds
 * nobody up for long.
 */
export const itemsMax = 200;

/** Repeats work as long as it says that there may be more to do, and the shift is not over. */
export const untilNoneIsDue = async (
  { isOver }: Readonly<{ isOver: () => boolean }>,
  work: () => Promise<boolean>,
): Promise<void> => {
  while (!isOver() && (await work()));
};
