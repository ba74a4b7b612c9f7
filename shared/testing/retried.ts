import { Unavailable } from '#shared/domain/errors.ts';

/** Repeats work while it is refused because others change the same rows. */
export const retried = <Result>(work: () => Promise<Result>): Promise<Result> =>
  work().catch((error: unknown) => {
    if (!(error instanceof Unavailable)) throw error;
    return retried(work);
  });
