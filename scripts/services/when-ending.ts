type Ending = () => Promise<void>;

const endings: Ending[] = [];
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;
let isEnding = false;

const endAll = async (): Promise<void> => {
  for (const ending of endings.toReversed()) {
    await ending().catch((error: unknown) => console.error(error));
  }
};

const onSignal = (signal: keyof typeof exitCodes): void => {
  // A second Ctrl-C means now.
  if (isEnding) process.exit(exitCodes[signal]);
  isEnding = true;
  void endAll().then(() => process.exit(exitCodes[signal]));
};

/**
 * On SIGINT and SIGTERM runs every registered ending once, the latest first, then exits with 130 or 143. Returns how
 * to take the registration back.
 */
export const whenEnding = (ending: Ending): (() => void) => {
  if (endings.length === 0) process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  endings.push(ending);
  return () => {
    endings.splice(endings.indexOf(ending), 1);
    if (endings.length === 0) process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  };
};
