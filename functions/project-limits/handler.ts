import type { z } from 'zod';
import { Unavailable } from '#shared/domain/errors.ts';
import { neededDays } from '#shared/domain/limits/admit.ts';
import type { LimitRequest } from '#shared/domain/limits/limit-request.ts';
import {
  countableOf,
  type LimitTerms,
  limitRequestOn,
} from '#shared/domain/limits/limit-request-of.ts';
import { localDateOf } from '#shared/domain/time/local-time.ts';
import { IncentiveRowChanged } from '#shared/eventing/contracts/row-changes.ts';
import { type EventHandler, onBatch } from '#shared/runtime/events/event-handler.ts';
import type { Clock } from '#shared/runtime/host.ts';
import type { VisibleTransactions } from '#shared/stores/postgres/driver/visible-transactions.ts';
import { type LimitReader, rewardKey } from '#shared/stores/postgres/limits/limit-reader.ts';
import type { LimitCounters } from '#shared/stores/redis/limits/limit-counters.ts';
import { countersWrittenTotal, projectionSeconds } from './metrics.ts';

type Dependencies = Readonly<{
  transactions: VisibleTransactions;
  limits: LimitReader;
  counters: Pick<LimitCounters, 'write'>;
  clock: Clock;
  batchItemsMax: number;
}>;

type Change = z.output<typeof IncentiveRowChanged.schema>;
type Row = NonNullable<NonNullable<Change>['after']>;

/**
 * Sets the counters of limits in Redis to what Postgres has, after each change of an incentive that
 * changed usage. Counters are set and never added to, and never to older usage than they show: so
 * changes may come twice, late, in any order and to several pods at once. A change that statements
 * do not see yet is left to a redelivery.
 */
export const projectLimits = (dependencies: Dependencies): readonly EventHandler[] => {
  const { transactions, clock, batchItemsMax: itemsMax } = dependencies;
  return [
    onBatch(IncentiveRowChanged, { itemsMax }, async (deliveries) => {
      const changes = deliveries.map(({ data }) => data);
      const unseen = await transactions.unseen(
        changes.flatMap((change) => change?.source.txId ?? []),
      );
      const isUnseen = (change: Change) => unseen.has(change?.source.txId ?? -1);
      const seen = changes.filter((change) => !isUnseen(change));
      await project(dependencies, seen.flatMap(countedRowOf));
      const now = clock().getTime();
      for (const change of seen)
        if (change !== undefined) projectionSeconds.observe((now - change.source.ts_ms) / 1000);
      return changes.map((change) =>
        isUnseen(change) ? notSeen() : { kind: 'done', domainEvents: [] },
      );
    }),
  ];
};

const notSeen = (): Unavailable =>
  new Unavailable('postgres', 'The change was committed but cannot be read yet');

/**
 * The row, where writing it changed usage: refusals count for nothing, and a row that is deleted
 * was archived, which changes no usage.
 */
const countedRowOf = (change: Change): readonly Row[] =>
  change === undefined || change.op === 'd' || change.after.status === 'REFUSED'
    ? []
    : [change.after];

/** Reads terms, then usage as of now, and sets the counters of all capped subjects. */
const project = async (
  { limits, counters, clock }: Dependencies,
  rows: readonly Row[],
): Promise<void> => {
  const now = clock();
  const terms = await limits.terms(rows.map(termsKeyOf));
  const requests = rows.flatMap((row) => {
    const own = terms.get(rewardKey(termsKeyOf(row)));
    return own === undefined ? [] : requestsOf(row, own, now);
  });
  await Promise.all(
    Array.from(
      Map.groupBy(requests, ({ tenantId }) => tenantId),
      async ([tenantId, own]) => {
        const asked = neededDays(own.map(({ request }) => request));
        if (asked.size === 0) return;
        await counters.write(tenantId, await limits.usages(tenantId, asked));
        countersWrittenTotal.inc(asked.size);
      },
    ),
  );
};

const termsKeyOf = ({ tenant_id: tenantId, campaign_id: campaignId, program }: Row) => ({
  tenantId,
  campaignId,
  program: program ?? undefined,
});

type TenantRequest = Readonly<{ tenantId: string; request: LimitRequest }>;

/**
 * What the row asks of caps, on its own day and today: a counter shows the days around either, so
 * that one late incentive does not hide what today has used.
 */
const requestsOf = (row: Row, terms: LimitTerms, now: Date): readonly TenantRequest[] => {
  const countable = countableOf({
    incentiveId: row.incentive_id,
    userId: row.user_id,
    campaignId: row.campaign_id,
    currency: row.reward_currency ?? undefined,
    amount: row.reward_amount,
    day: row.day,
  });
  return [row.day, localDateOf(terms.timeZone, now)].map((day) => ({
    tenantId: row.tenant_id,
    request: limitRequestOn({ ...countable, day }, terms),
  }));
};
