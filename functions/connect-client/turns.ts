/** Resolves, in the order of the calls, when it is a caller's turn. */
export type Turn = () => Promise<void>;

/**
 * Lets a few callers continue in each turn of the event loop, so that what arrives meanwhile is
 * handled in between. A single caller does not wait.
 */
export const createTurns = (callersMax: number): Turn => {
  const waiting: (() => void)[] = [];
  let passed = 0;

  const letPass = (): void => {
    if (passed === 0) setImmediate(nextTurn);
    for (const next of waiting.splice(0, callersMax - passed)) {
      passed += 1;
      next();
    }
  };
  const nextTurn = (): void => {
    passed = 0;
    if (waiting.length > 0) letPass();
  };
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      letPass();
    });
};
