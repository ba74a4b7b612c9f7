import { Redis } from 'ioredis';
import { withSql } from '#scripts/platform/with-sql.ts';
import { PointsAwarded } from '#shared/eventing/contracts/points-events.ts';
import { addUp } from '#shared/stores/postgres/audit/audit-result.ts';
import { auditLedger } from '#shared/stores/postgres/audit/ledger-audit.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import type { OrderRecord } from '../orders/order-record.ts';
import type { LeaderboardClient } from '../platform/leaderboard-client.ts';
import { countEvents } from '../platform/topics/count-events.ts';
import { lettersLeft } from '../platform/topics/letters-left.ts';
import { expectedPoints, expectedRanks } from './expected-points.ts';

/** A property of the platform, checked against the orders that were sent. */
export type Check = Readonly<{ name: string; ok: boolean; detail: string }>;

type Evidence = Readonly<{
  records: readonly OrderRecord[];
  /** Everything that was sent; the invalid records must be among the dead letters. */
  refusable: readonly OrderRecord[];
  databaseUrl: string;
  redisUrl: string;
  brokers: readonly string[];
  leaderboard: LeaderboardClient;
}>;

/**
 * Recomputes everything from the records and compares: the ledger, balances, cache, board, events
 * and dead letters.
 */
export const verdict = async (evidence: Evidence): Promise<readonly Check[]> => {
  const expected = expectedPoints(evidence.records);
  const orders = evidence.records.filter(({ kind }) => kind === 'order').length;
  return withSql(
    evidence.databaseUrl,
    async (sql) => {
      return [
        compare('the sum of each customer in the ledger', expected, await ledgerSums(sql)),
        count('one ledger entry per order, none for a duplicate', orders, await ledgerEntries(sql)),
        compare('each balance in Postgres', expected, await balances(sql)),
        compare('each balance in Redis', expected, await cachedBalances(evidence.redisUrl)),
        await audited(sql),
        ...(await boardChecks(evidence.leaderboard, expected)),
        count(
          'one points.awarded event per order',
          orders,
          await countEvents(evidence.brokers, PointsAwarded),
        ),
        await deadLetters(evidence),
      ];
    },
    2,
  );
};

/** What `npm run verify` checks, by its own implementation of the rules. */
const audited = async (sql: Sql): Promise<Check> => {
  const audit = await auditLedger(sql);
  const { examined, wrong } = addUp(Object.values(audit));
  return count(
    'ledger, balances and lots that the audit found correct',
    examined,
    examined - wrong,
  );
};

const compare = <Value>(
  name: string,
  expected: ReadonlyMap<string, Value>,
  found: ReadonlyMap<string, Value>,
): Check => {
  const wrong = [...new Set([...expected.keys(), ...found.keys()])].filter(
    (key) => expected.get(key) !== found.get(key),
  );
  const [key = ''] = wrong;
  const example = `${key}: expected ${String(expected.get(key))}, found ${String(found.get(key))}`;
  return wrong.length === 0
    ? { name, ok: true, detail: `${expected.size} of ${expected.size} equal` }
    : { name, ok: false, detail: `${wrong.length} differ, such as ${example}` };
};

const count = (name: string, expected: number, found: number): Check => ({
  name,
  ok: expected === found,
  detail: expected === found ? `${found}` : `expected ${expected}, found ${found}`,
});

const asPoints = (
  rows: readonly { customerId: string; points: number }[],
): ReadonlyMap<string, bigint> =>
  new Map(rows.map(({ customerId, points }) => [customerId, BigInt(points)]));

const ledgerSums = async (sql: Sql) =>
  asPoints(
    await sql<{ customerId: string; points: number }[]>`
      select customer_id, sum(points)::bigint as points
      from points_ledger where tenant_id = 'default' group by customer_id`,
  );

const ledgerEntries = async (sql: Sql): Promise<number> => {
  const [row] = await sql<
    { entries: number }[]
  >`select count(*)::int as entries from points_ledger where tenant_id = 'default'`;
  return row?.entries ?? 0;
};

const balances = async (sql: Sql) =>
  asPoints(
    await sql<{ customerId: string; points: number }[]>`
      select customer_id, points from points_balances where tenant_id = 'default'`,
  );

const cachedBalances = async (url: string) => {
  const redis = new Redis(url);
  const prefix = 'balance:{default}:points:';
  const keys = await redis.keys(`${prefix}*`);
  const points = await Promise.all(keys.map((key) => redis.hget(key, 'points')));
  await redis.quit();
  return asPoints(
    keys.map((key, index) => ({
      customerId: key.slice(prefix.length),
      points: Number(points[index]),
    })),
  );
};

const boardChecks = async (
  leaderboard: LeaderboardClient,
  expected: ReadonlyMap<string, bigint>,
) => {
  const board = await leaderboard.all();
  return [
    compare('the points of each customer on the board, over HTTP', expected, asPoints(board)),
    compare(
      'the rank of each customer on the board, over HTTP',
      expectedRanks(expected),
      new Map(board.map(({ customerId, rank }) => [customerId, rank])),
    ),
  ];
};

/** A record that failed transiently may have left letters, too; those that were resent are done. */
const deadLetters = async ({ refusable, brokers }: Evidence): Promise<Check> => {
  const contents = (values: readonly (Buffer | null)[]) =>
    values.map((value) => value?.toString('base64') ?? '').sort();
  const refused = contents(
    refusable.filter(({ kind }) => kind === 'refusable').map(({ value }) => value),
  );
  const distinct = (await lettersLeft(brokers)).map(({ letter }) => letter);
  const found = contents(distinct.map(({ value }) => value));
  const name = 'every invalid record is a dead letter, and nothing else is';
  const ok =
    found.length === refused.length && found.every((value, index) => value === refused[index]);
  const other = distinct.find(({ value }) => !refused.includes(value?.toString('base64') ?? ''));
  const example = other && `, such as ${other.type} ${other.id}: ${other.detail}`;
  return { name, ok, detail: `${found.length} of ${refused.length}${example ?? ''}` };
};
