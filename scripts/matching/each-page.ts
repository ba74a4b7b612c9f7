import type { Source } from '#shared/domain/matching/profile.ts';
import type { BackfillPositions } from '#shared/stores/postgres/changes/backfill-positions.ts';
import {
  firstPlace,
  type RecordPlace,
} from '#shared/stores/postgres/customers/records/record-page.ts';

type Options<State> = Readonly<{
  positions: BackfillPositions;
  /** The name under which the place is stored. */
  run: string;
  /** What is stored with the place, before the first page. */
  state: State;
}>;

/** The last record of a page, undefined after the last page, and what to store with its place. */
export type PageDone<State> = Readonly<{ last: RecordPlace | undefined; state: State }>;

/**
 * Goes through the records of a tenant page by page. The place after each page is stored, so a run
 * that was interrupted continues there; it repeats at most one page.
 * @returns the state after the last page
 */
export const eachPage = async <State extends Readonly<Record<string, unknown>>>(
  { positions, run, state: first }: Options<State>,
  work: (after: RecordPlace, state: State) => Promise<PageDone<State>>,
): Promise<State> => {
  const saved = await positions.find(run);
  let state = (saved?.['state'] as State | undefined) ?? first;
  let after: RecordPlace | undefined = saved
    ? { source: saved['source'] as Source, recordId: saved['recordId'] as string }
    : firstPlace;
  while (after !== undefined) {
    const done: PageDone<State> = await work(after, state);
    state = done.state;
    after = done.last && { source: done.last.source, recordId: done.last.recordId };
    if (after) await positions.save(run, { ...after, state });
  }
  await positions.forget(run);
  return state;
};
