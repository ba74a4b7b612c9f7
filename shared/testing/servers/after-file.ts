const endings: (() => void)[] = [];

/** Ends something after the last test of the current file, even if it was started during a test. */
export const afterFile = (end: () => void): void => {
  endings.push(end);
};

/** Ends everything that the file has started. */
export const endFile = (): void => {
  for (const end of endings.splice(0)) end();
};
