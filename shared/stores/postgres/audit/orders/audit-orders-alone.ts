import type { Fragment } from 'postgres';
import type { Transaction } from '../../driver/connect.ts';
import { ratedInSequence } from '../../earning/rated-in-sequence.ts';
import { type AuditResult, audit } from '../audit-result.ts';
import type { AuditScope } from '../audit-scope.ts';
import { correctedOrders, refundedOrders } from './order-sources.ts';

/**
 * Recomputes the orders in a scope of the programs that rate orders alone: one pass, in SQL, with
 * numeric arithmetic, which is exact here: everything is a product of decimals until `div` rounds
 * it down.
 */
export const auditOrdersAlone = (
  tx: Transaction,
  scope: Pick<AuditScope, 'earned' | 'corrected' | 'refunds'>,
): Promise<AuditResult> =>
  audit(
    tx,
    () => tx`
    with ${rules(tx)},
      in_sequence as materialized (${ratedInSequence(tx)}),
      refunded as (${refundedOrders(tx, scope)}),
      corrected as (${correctedOrders(tx, scope)}),
      placed as (
        select earn.tenant_id, earn.program, cause_id, customer_id, occurred_at, rule_version, rule.*,
          earn.points + coalesce(corrected.points, 0) as paid, amount_minor - coalesce(refunded.minor, 0) as left_minor
        from ${scope.earned} earn
        left join corrected on corrected.tenant_id = earn.tenant_id and corrected.program = earn.program
          and corrected.order_id = earn.cause_id
        left join refunded on refunded.tenant_id = earn.tenant_id and refunded.order_id = earn.cause_id
        left join rule on rule.rule_tenant = earn.tenant_id and rule.rule_program = earn.program
          and rule.rule_currency = earn.currency and begins <= occurred_at and (ends is null or occurred_at < ends)
        where kind = 'EARN' and (earn.tenant_id, earn.program) not in (select tenant_id, program from in_sequence)
          and not exists (select from archived_orders where key = ledger_key(earn.tenant_id, earn.program, kind, cause_id))
      ), valued as (
        select *, rate_points * (${bandedMinor(tx)}) * (${promoted(tx)}) as over from placed
      ), worth as (
        select *, least(cap, case
          when left_minor = 0 then 0
          when halves_up then div(2 * over + per_minor, 2 * per_minor)
          else div(over, per_minor) end) as worth
        from valued
      )
    select tenant_id, program || ' ' || cause_id as subject,
      paid || ' points by rule ' || coalesce(rule_version::text, 'none') as recorded,
      case when version is null then 'no rule for it' when left_minor < 0 then 'refunded beyond its amount'
        else worth || ' points by rule ' || version end as recomputed,
      (paid, rule_version) is distinct from (worth, version) or left_minor < 0 as is_wrong
    from worth`,
  );

/**
 * Each version with the time in which it is in force, in milliseconds as the platform reads them,
 * and its bands as slices.
 */
const rules = (tx: Transaction): Fragment => tx`
  rule as materialized (
    select tenant_id as rule_tenant, program as rule_program, currency as rule_currency, version, begins,
      least(date_trunc('milliseconds', valid_until), next_begins) as ends, terms -> 'promotions' as promotions,
      (terms #>> '{rate,points}')::numeric as rate_points, (terms #>> '{rate,perMinor}')::numeric as per_minor,
      terms ->> 'rounding' = 'half-up' as halves_up, (terms #>> '{caps,order}')::numeric as cap,
      terms #>> '{bands,mode}' as mode, slices.*
    from (
      select *, date_trunc('milliseconds', valid_from) as begins, lead(date_trunc('milliseconds', valid_from)) over (
        partition by tenant_id, program, currency order by valid_from, version) as next_begins
      from earning_rules where valid_from is not null
    ) version, lateral (
      select array_agg(from_minor order by from_minor) as slice_from, array_agg(until_minor order by from_minor) as slice_until,
        array_agg(times order by from_minor) as slice_times
      from (
        select from_minor, times, lead(from_minor, 1, 'Infinity') over (order by from_minor, place) as until_minor
        from (
          select 0::numeric as from_minor, 1::numeric as times, 0 as place
          union all
          select (band ->> 'fromMinor')::numeric, (band ->> 'multiplierBp')::numeric * 0.0001, 1
          from jsonb_array_elements(terms #> '{bands,bands}') band
        ) edge
      ) slice
    ) slices
  )`;

const bandedMinor = (tx: Transaction): Fragment => tx`
  case mode
    when 'marginal' then (
      select sum((least(left_minor, until_minor) - from_minor) * times)
      from unnest(slice_from, slice_until, slice_times) slice (from_minor, until_minor, times)
      where from_minor < left_minor)
    when 'whole' then (
      select left_minor * times
      from unnest(slice_from, slice_until, slice_times) slice (from_minor, until_minor, times)
      where from_minor <= left_minor and left_minor < until_minor)
    else left_minor end`;

const promoted = (tx: Transaction): Fragment => tx`
  case when promotions = '[]' then 1 else (
    select product((promotion ->> 'multiplierBp')::numeric * 0.0001) from jsonb_array_elements(promotions) promotion
    where (promotion ->> 'from')::timestamptz <= occurred_at and occurred_at < (promotion ->> 'until')::timestamptz
      and (promotion ->> 'cohort' is null or exists (
        select from cohort_members member
        where member.tenant_id = placed.tenant_id and member.customer_id = placed.customer_id
          and member.cohort = promotion ->> 'cohort' and date_trunc('milliseconds', member.since) <= occurred_at
          and occurred_at < date_trunc('milliseconds', member.until)))) end`;
