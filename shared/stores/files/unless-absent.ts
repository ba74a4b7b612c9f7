/** What work on a file returns; where there is no such file, `otherwise`. */
export const unlessAbsent = async <Result>(
  work: Promise<Result>,
  otherwise: Result,
): Promise<Result> => {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return otherwise;
    throw error;
  }
};
