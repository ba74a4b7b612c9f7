import type { OrderRecord } from '#scripts/orders/order-record.ts';
import { countEvents } from '#scripts/platform/topics/count-events.ts';
import { withSql } from '#scripts/platform/with-sql.ts';
import { IncentiveGenerated } from '#shared/eventing/contracts/incentives.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import type { Check } from '../verdict.ts';
import { expectedIncentives, userDay } from './expected-incentives.ts';
import { caps, festivalTenant } from './festival.ts';
import type { FestivalIds } from './open-festival.ts';
import { type Issued, readIssued } from './read-issued.ts';

type Evidence = Readonly<{
  records: readonly OrderRecord[];
  ids: FestivalIds;
  databaseUrl: string;
  brokers: readonly string[];
}>;

/**
 * Recomputes from the records what every user should have, and compares it with what was issued,
 * recorded and published.
 */
export const campaignVerdict = async ({
  records,
  ids,
  databaseUrl,
  brokers,
}: Evidence): Promise<readonly Check[]> => {
  const expected = expectedIncentives(records);
  return withSql(databaseUrl, async (sql) => {
    const issued = await readIssued(sql);
    const of = (campaign: keyof FestivalIds) =>
      issued.filter(({ campaignId }) => campaignId === ids[campaign]);
    const actions = records.filter(({ kind }) => kind === 'order').length;
    return [
      equal('each action was recorded once', actions, await recordedActions(sql)),
      cashbacks(expected, of('cashback')),
      quests(expected, of('quest')),
      coupons(expected, of('coupon')),
      equal(
        'the points of the quests in the wallets',
        sumOf(expected.quests.values()) * caps.questPoints,
        await pointsOnBalances(sql),
      ),
      equal(
        'one incentive.generated event per incentive',
        issued.length,
        await countEvents(brokers, IncentiveGenerated),
      ),
    ];
  });
};

type Expected = ReturnType<typeof expectedIncentives>;

const cashbacks = ({ cashbackOf, cashbacksByDay }: Expected, issued: readonly Issued[]): Check => {
  const perDay = [...cashbacksByDay.values()].map((earned) =>
    Math.min(earned, caps.cashbacksPerDay),
  );
  const wanted = Math.min(caps.cashbacks, sumOf(perDay));
  const wrong = issued.filter(({ eventId, amount }) => cashbackOf.get(eventId) !== amount);
  const days = Map.groupBy(issued, ({ userId, qualifiedAt }) => userDay(userId, qualifiedAt));
  const beyond = [...days.values()].filter((own) => own.length > caps.cashbacksPerDay);
  return {
    name: `${cashbackOf.size} purchases earned cashback, issued exactly up to the caps`,
    ok: issued.length === wanted && wrong.length === 0 && beyond.length === 0,
    detail: `${issued.length} of ${wanted}; ${wrong.length} wrong amounts, ${beyond.length} days over the cap`,
  };
};

const quests = ({ quests: wanted }: Expected, issued: readonly Issued[]): Check => {
  const found = Map.groupBy(issued, ({ userId }) => userId);
  const users = new Set([...wanted.keys(), ...found.keys()]);
  const wrong = [...users].filter(
    (user) => (found.get(user)?.length ?? 0) !== (wanted.get(user) ?? 0),
  );
  return {
    name: 'quests completed by each user, whatever the order of the actions',
    ok: wrong.length === 0,
    detail: `${issued.length} by ${found.size} users, ${wrong.length} wrong`,
  };
};

const coupons = ({ couponUsers }: Expected, issued: readonly Issued[]): Check => {
  const wanted = Math.min(caps.coupons, couponUsers.size);
  const codes = new Set(issued.map(({ coupon }) => coupon));
  const users = new Set(issued.map(({ userId }) => userId));
  const strangers = [...users].filter((user) => !couponUsers.has(user));
  const isRight =
    [issued.length, codes.size, users.size].every((size) => size === wanted) &&
    strangers.length === 0;
  return {
    name: `${couponUsers.size} users qualified for a coupon; each code was issued once, one per user`,
    ok: isRight,
    detail: `${issued.length} of ${wanted}, ${codes.size} codes, ${users.size} users`,
  };
};

const recordedActions = async (sql: Sql): Promise<number> => {
  const [row] = await sql<{ actions: number }[]>`select count(*)::int as actions from events`;
  return row?.actions ?? 0;
};

const pointsOnBalances = async (sql: Sql): Promise<number> => {
  const [row] = await sql<{ points: number }[]>`
    select coalesce(sum(points), 0)::bigint as points from points_balances
    where tenant_id = ${festivalTenant.tenantId} and program = 'points'`;
  return row?.points ?? 0;
};

const equal = (name: string, expected: number, found: number): Check => ({
  name,
  ok: expected === found,
  detail: expected === found ? `${found}` : `expected ${expected}, found ${found}`,
});

const sumOf = (values: Iterable<number>): number =>
  [...values].reduce((sum, value) => sum + value, 0);
