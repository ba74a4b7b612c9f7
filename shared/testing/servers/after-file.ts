const endings: (() => void)[] = [];

/**
 * Ends something after the last test of the file that is running, also when it was started in the
 * middle of a test.
 */
export const afterFile = (end: () => void): void => {
  endings.push(end);
};

/** Ends everything that the file has started. */
export const endFile = (): void => {
  for (const end of endings.splice(0)) end();
};
