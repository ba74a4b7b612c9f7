import type { Transaction } from '../../driver/connect.ts';
import { eachRow } from '../../driver/each-row.ts';
import { ratedInSequence } from '../../earning/rated-in-sequence.ts';
import { type EarningColumns, toEarning } from '../../ledger/lock-wallets.ts';
import { type AuditResult, type Discrepancy, examplesMax } from '../audit-result.ts';
import type { AuditScope } from '../audit-scope.ts';
import type { AuditedBorder, AuditedOrder, AuditedProgram } from './audited-program.ts';
import { correctedOrders, refundedOrders } from './order-sources.ts';
import { recomputeOrders, type Worth } from './recompute-orders.ts';

type Row = AuditedOrder &
  Readonly<{
    tenantId: string;
    program: string;
    customerId: string;
    paid: number;
    ruleVersion: number | null;
    /** With the first order of a customer who has archived ones. */
    border: (EarningColumns & Pick<AuditedBorder, 'placedOn'>) | null;
  }>;

type OrderScope = Pick<AuditScope, 'earned' | 'corrected' | 'refunds'>;

/**
 * Recomputes the orders in a scope of the programs in which orders depend on each other, one
 * customer after the other.
 */
export const auditOrdersInSequence = async (
  tx: Transaction,
  scope: OrderScope,
): Promise<AuditResult> => {
  const programs = await loadPrograms(tx);
  const examples: Discrepancy[] = [];
  let examined = 0;
  let wrong = 0;
  for await (const orders of customers(tx, scope)) {
    const found = discrepancies(programs.get(programKey(orders[0])) ?? noProgram, orders);
    examined += orders.length;
    wrong += found.length;
    examples.push(...found.slice(0, examplesMax - examples.length));
  }
  return { examined, wrong, examples };
};

const noProgram: AuditedProgram = { rules: [], ladders: [] };

const discrepancies = (program: AuditedProgram, orders: readonly Row[]): readonly Discrepancy[] => {
  const border = borderOf(orders);
  const open = orders.filter((order) => !isClosed(border, order));
  const worths = recomputeOrders(program, open, border);
  return open.flatMap((order) => compare(order, worths.get(order.orderId)) ?? []);
};

const borderOf = (orders: readonly Row[]): AuditedBorder | undefined => {
  const row = orders.find((order) => order.border !== null)?.border;
  return row ? { state: toEarning(row).earning, placedOn: row.placedOn } : undefined;
};

/** Whether an order was placed before the border: it was audited before orders were archived. */
const isClosed = (border: AuditedBorder | undefined, { placedMs, orderId }: Row): boolean => {
  const last = border?.state.last;
  if (last === undefined) return false;
  const lastMs = Date.parse(last.placedAt);
  return placedMs < lastMs || (placedMs === lastMs && orderId <= last.orderId);
};

const compare = (order: Row, worth: Worth | undefined): Discrepancy | undefined => {
  const recorded = `${order.paid} points by rule ${order.ruleVersion ?? 'none'}`;
  const recomputed = describe(order, worth);
  if (recorded === recomputed) return undefined;
  return {
    tenantId: order.tenantId,
    subject: `${order.program} ${order.orderId}`,
    recorded,
    recomputed,
  };
};

const describe = ({ leftMinor }: Row, worth: Worth | undefined): string => {
  if (worth === undefined) return 'no rule for it';
  if (leftMinor < 0) return 'refunded beyond its amount';
  return `${worth.points} points by rule ${worth.version}`;
};

const programKey = (row: Pick<Row, 'tenantId' | 'program'> | undefined): string =>
  `${row?.tenantId} ${row?.program}`;

/**
 * The versions that are in force at some time, with all arithmetic of time zones left to Postgres.
 */
const loadPrograms = async (tx: Transaction): Promise<ReadonlyMap<string, AuditedProgram>> => {
  const rows = await tx<(AuditedProgram & Pick<Row, 'tenantId' | 'program'>)[]>`
    select tenant_id, program,
      (select coalesce(json_agg(json_build_object('version', version, 'currency', currency, 'terms', terms,
          'beginsMs', ${milliseconds(tx, 'valid_from')}, 'endsMs', ${milliseconds(tx, 'valid_until')})), '[]')
        from earning_rules rule where rule.tenant_id = rated.tenant_id and rule.program = rated.program
          and valid_from is not null) as rules,
      (select coalesce(json_agg(json_build_object('version', version, 'terms', terms,
          'beginsMs', ${milliseconds(tx, 'valid_from')},
          'beginsOn', (valid_from at time zone time_zone)::date,
          'dayBefore', ((date_trunc('milliseconds', valid_from) - interval '1 millisecond') at time zone time_zone)::date)),
          '[]')
        from tier_ladders ladder where ladder.tenant_id = rated.tenant_id and ladder.program = rated.program
          and valid_from is not null) as ladders
    from (${ratedInSequence(tx)}) rated join tenants using (tenant_id)`;
  return new Map(rows.map((row) => [programKey(row), row]));
};

/** The platform reads instants to the millisecond and leaves what is below. */
const milliseconds = (tx: Transaction, column: string) =>
  tx`floor(extract(epoch from ${tx(column)}) * 1000)::bigint`;

/** All orders of each customer together, one customer in memory at a time. */
async function* customers(tx: Transaction, scope: OrderScope): AsyncGenerator<readonly Row[]> {
  let together: Row[] = [];
  for await (const row of eachRow(readOrders(tx, scope))) {
    const isNext = together[0] !== undefined && customerKey(together[0]) !== customerKey(row);
    if (isNext) {
      yield together;
      together = [];
    }
    together.push(row);
  }
  if (together.length > 0) yield together;
}

const customerKey = (row: Row): string => `${programKey(row)} ${row.customerId}`;

const readOrders = (tx: Transaction, scope: OrderScope) => tx<Row[]>`
  with rated as materialized (${ratedInSequence(tx)}), refunded as (${refundedOrders(tx, scope)}),
    corrected as (${correctedOrders(tx, scope)})
  select earn.tenant_id, earn.program, earn.customer_id, cause_id as order_id,
    ${milliseconds(tx, 'occurred_at')} as placed_ms,
    (occurred_at at time zone coalesce(time_zone, 'UTC'))::date::text as placed_on,
    amount_minor - coalesce(refunded.minor, 0)::bigint as left_minor, earn.currency,
    array(select cohort from cohort_members member
      where member.tenant_id = earn.tenant_id and member.customer_id = earn.customer_id
        and date_trunc('milliseconds', since) <= occurred_at
        and occurred_at < date_trunc('milliseconds', until)) as cohorts,
    (select tier from tier_grants granted
      where granted.tenant_id = earn.tenant_id and granted.customer_id = earn.customer_id
        and granted.program = earn.program and since <= occurred_at and occurred_at < until) as granted_tier,
    earn.points + coalesce(corrected.points, 0)::bigint as paid, rule_version,
    case when border.state is not null
        and row_number() over (partition by earn.tenant_id, earn.program, earn.customer_id) = 1 then
      json_build_object('state', border.state, 'days', border.days,
        'placedOn', (border.placed_at at time zone coalesce(time_zone, 'UTC'))::date::text)
      end as border
  from ${scope.earned} earn
  join rated using (tenant_id, program)
  left join tenants using (tenant_id)
  left join corrected on corrected.tenant_id = earn.tenant_id and corrected.program = earn.program
    and corrected.order_id = earn.cause_id
  left join refunded on refunded.tenant_id = earn.tenant_id and refunded.order_id = earn.cause_id
  left join earning_borders border on border.tenant_id = earn.tenant_id and border.customer_id = earn.customer_id
    and border.program = earn.program
  where kind = 'EARN' and (occurred_at >= border.placed_at) is not false
  order by earn.tenant_id, earn.program, earn.customer_id`;
