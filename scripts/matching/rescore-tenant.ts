import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import type { BackfillPositions } from '#shared/stores/postgres/changes/backfill-positions.ts';
import type { RecordPlace } from '#shared/stores/postgres/customers/records/record-page.ts';
import type { RescoredPage } from '#shared/stores/postgres/customers/records/rescore-records.ts';
import { eachPage } from './each-page.ts';

/** What scoring all records of a tenant again has changed so far. */
export type RescoreReport = Readonly<{
  records: number;
  linksAdded: number;
  linksRemoved: number;
  /** Customers by what became of them; one that changed twice counts twice. */
  created: number;
  updated: number;
  merged: number;
  split: number;
}>;

type Options = Readonly<{
  tenantId: string;
  /** The version of the model: each has a position of its own. */
  version: string;
  /**
   * Scores a page of records, from a place on.
   * @throws Error when another version is active by now
   */
  rescore: (after: RecordPlace) => Promise<RescoredPage<DomainEvent>>;
  publish: (domainEvents: readonly DomainEvent[]) => Promise<void>;
  positions: BackfillPositions;
  onProgress?: (report: RescoreReport) => void;
}>;

const nothingYet: RescoreReport = {
  ...{ records: 0, linksAdded: 0, linksRemoved: 0 },
  ...{ created: 0, updated: 0, merged: 0, split: 0 },
};

/**
 * Scores all records of a tenant again, page by page; other batches run between pages. The place
 * after each page is stored with the report, so a run that was interrupted continues there; it
 * repeats at most one page, which changes nothing.
 */
export const rescoreTenant = async ({
  tenantId,
  version,
  rescore,
  publish,
  positions,
  onProgress = () => undefined,
}: Options): Promise<RescoreReport> => {
  const run = `rescore ${tenantId} by ${version}`;
  return eachPage({ positions, run, state: nothingYet }, async (after, report) => {
    const page = await rescore(after);
    await publish(page.domainEvents);
    const state = addPage(report, page);
    onProgress(state);
    return { last: page.last, state };
  });
};

const addPage = (report: RescoreReport, page: RescoredPage<DomainEvent>): RescoreReport => {
  const count = (wanted: string) => page.changes.filter(({ kind }) => kind === wanted).length;
  return {
    records: report.records + page.records,
    linksAdded: report.linksAdded + page.linksAdded,
    linksRemoved: report.linksRemoved + page.linksRemoved,
    created: report.created + count('created'),
    updated: report.updated + count('updated'),
    merged: report.merged + count('merged'),
    split: report.split + count('split'),
  };
};
