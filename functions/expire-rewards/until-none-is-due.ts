/**
 * Lots or wallets per transaction: enough to be cheap per item, few enough to block nobody for
 * long.
 */
export const itemsMax = 200;

/** Repeats work while it returns that there may be more, until the time is over. */
export const untilNoneIsDue = async (
  { isOver }: Readonly<{ isOver: () => boolean }>,
  work: () => Promise<boolean>,
): Promise<void> => {
  while (!isOver() && (await work()));
};
