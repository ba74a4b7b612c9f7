import { Unavailable } from '#shared/domain/errors.ts';

/**
 * Runs work on files. An error of the operating system is not caused by what is stored and may
 * pass, so it is thrown as Unavailable.
 */
export const asUnavailable = async <Result>(
  place: string,
  work: () => Promise<Result>,
): Promise<Result> => {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    const message = `${place} cannot be used: ${error.message}`;
    throw new Unavailable('files', message, { cause: error });
  }
};
