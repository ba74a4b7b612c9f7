import { Unavailable } from '#shared/domain/errors.ts';

/** Repeats work for as long as it is refused because others do something else to the same rows. */
export const retried = <Result>(work: () => Promise<Result>): Promise<Result> =>
  work().catch((error: unknown) => {
    if (!(error instanceof Unavailable)) throw error;
    return retried(work);
  });
