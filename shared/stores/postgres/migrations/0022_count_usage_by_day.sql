-- outside a transaction
-- Usage of limits becomes a row per subject, local day and unit, so that a decision reads and writes only the days that its caps
-- cover, and subjects without caps are changed without being read. It is recounted from the incentives, which restores days that
-- had been dropped.

-- First the old table is dropped: issuing or ending an incentive changes usage in the same transaction, so until the new table
-- replaces it neither is possible, and what is counted below cannot change meanwhile. Functions must be stopped, or their events
-- are retried.
drop table if exists limit_usage;
drop table if exists counter_comparison;

create schema if not exists counting;
create table if not exists counting.limit_usage (
  tenant_id text not null,
  subject   text not null,
  day       date not null,
  unit      text not null,
  count     bigint not null,
  amount    bigint not null,
  primary key (tenant_id, subject, day, unit),
  constraint limit_usage_is_exact check (amount between 0 and 9000000000000000)
) with (fillfactor = 70);
comment on table counting.limit_usage is 'How much of its caps a subject has used: a projection of incentives that were issued, changed in the same transactions';
comment on column counting.limit_usage.subject is 'tenant, user:<id>, campaign:<id> or campaign:<id>:user:<id>';
comment on column counting.limit_usage.day is 'A local day of the tenant, or -infinity for all days together';
comment on column counting.limit_usage.unit is 'POINTS, an ISO 4217 code whose minor units are counted, or empty for incentives without an amount';

-- Campaign by campaign, a transaction each: after an interruption, a run counts again with the same result.
do $$
declare
  one record;
begin
  truncate counting.limit_usage;
  commit;
  for one in select distinct tenant_id, campaign_id from incentives loop
    insert into counting.limit_usage as standing (tenant_id, subject, day, unit, count, amount)
    select tenant_id, subject, counted_on, coalesce(reward_currency, ''), count(*),
      coalesce(sum(reward_amount) filter (where reward_currency is not null), 0)
    from incentives
    cross join lateral (values ('tenant'), ('user:' || user_id), ('campaign:' || campaign_id),
      ('campaign:' || campaign_id || ':user:' || user_id)) as counts_for (subject)
    cross join lateral (values (day), ('-infinity'::date)) as counts_on (counted_on)
    where status in ('ISSUED', 'EXPIRED') and tenant_id = one.tenant_id and campaign_id = one.campaign_id
    group by 1, 2, 3, 4
    on conflict (tenant_id, subject, day, unit) do update
      set count = standing.count + excluded.count, amount = standing.amount + excluded.amount;
    commit;
  end loop;
end $$;

-- A transaction that decides by the caps of a subject locks its row here; one that only adds to its usage does not wait for it.
create table if not exists limit_locks (
  tenant_id text not null,
  subject   text not null,
  primary key (tenant_id, subject)
);

-- A change of caps waits until the decisions under way in the tenant have committed, and later ones wait for the change: nothing that was decided under
-- the old caps is committed after the new ones took effect. Transactions that decide take the same lock shared (share-terms.ts).
create or replace function await_decisions() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(7136504, hashtext(new.tenant_id));
  return new;
end $$;
create or replace trigger limits_await_decisions before insert or update on limits
  for each row execute function await_decisions();
create or replace trigger campaigns_await_decisions before update of rule_json on campaigns
  for each row when (old.rule_json -> 'limits' is distinct from new.rule_json -> 'limits')
  execute function await_decisions();

do $$
begin
  execute format('alter table counting.limit_usage set schema %I', current_schema());
  drop schema counting;
end $$;
