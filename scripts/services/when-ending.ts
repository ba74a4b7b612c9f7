type Ending = () => Promise<void>;

const endings: Ending[] = [];
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;
const PARENT_CHECK_MS = 500;
let isEnding = false;
let parentWatch: NodeJS.Timeout | undefined;

const endAll = async (): Promise<void> => {
  for (const ending of endings.toReversed()) {
    await ending().catch((error: unknown) => console.error(error));
  }
};

const onSignal = (signal: keyof typeof exitCodes): void => {
  // A second Ctrl-C means now.
  if (isEnding) process.exit(exitCodes[signal]);
  isEnding = true;
  clearInterval(parentWatch);
  void endAll().then(() => process.exit(exitCodes[signal]));
};

/** A killed npm passes no signal on; its script then has another parent. */
const watchNpm = (): NodeJS.Timeout | undefined => {
  if (process.env['npm_lifecycle_event'] === undefined) return undefined;
  const npm = process.ppid;
  return setInterval(() => {
    if (process.ppid !== npm) onSignal('SIGTERM');
  }, PARENT_CHECK_MS).unref();
};

const listen = (): void => {
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  parentWatch = watchNpm();
};

const unlisten = (): void => {
  process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  clearInterval(parentWatch);
};

/**
 * On SIGINT and SIGTERM, or when the npm that runs us is gone, runs every registered ending once,
 * the latest first, then exits with 130 or 143. Returns a function that cancels the registration.
 */
export const whenEnding = (ending: Ending): (() => void) => {
  if (endings.length === 0) listen();
  endings.push(ending);
  return () => {
    endings.splice(endings.indexOf(ending), 1);
    if (endings.length === 0) unlisten();
  };
};
