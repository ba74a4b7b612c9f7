-- Usage of limits becomes a row per subject, local day and unit, so that a decision reads and writes only the days that its caps ask about, and
-- subjects without caps are changed without being read. It is counted anew from the incentives, which brings back days that had been dropped.
drop table limit_usage;
create table limit_usage (
  tenant_id text not null,
  subject   text not null,
  day       date not null,
  unit      text not null,
  count     bigint not null,
  amount    bigint not null,
  primary key (tenant_id, subject, day, unit),
  constraint limit_usage_is_exact check (amount between 0 and 9000000000000000)
) with (fillfactor = 70);
comment on table limit_usage is 'How much of its caps a subject has used: a projection of incentives that were issued, changed in the same transactions';
comment on column limit_usage.subject is 'tenant, user:<id>, campaign:<id> or campaign:<id>:user:<id>';
comment on column limit_usage.day is 'A local day of the tenant, or -infinity for all days together';
comment on column limit_usage.unit is 'POINTS, an ISO 4217 code whose minor units are counted, or empty for incentives without an amount';

insert into limit_usage (tenant_id, subject, day, unit, count, amount)
select tenant_id, subject, counted_on, coalesce(reward_currency, ''), count(*),
  coalesce(sum(reward_amount) filter (where reward_currency is not null), 0)
from incentives
cross join lateral (values ('tenant'), ('user:' || user_id), ('campaign:' || campaign_id),
  ('campaign:' || campaign_id || ':user:' || user_id)) as counts_for (subject)
cross join lateral (values (day), ('-infinity'::date)) as counts_on (counted_on)
where status in ('ISSUED', 'EXPIRED')
group by 1, 2, 3, 4;

-- Whoever decides by the caps of a subject locks its row here; those who only add to its usage do not wait for them.
create table limit_locks (
  tenant_id text not null,
  subject   text not null,
  primary key (tenant_id, subject)
);

-- A change of caps waits until the decisions under way in the tenant have committed, and later ones wait for the change: nothing that was decided under
-- the old caps is committed after the new ones took effect. Transactions that decide take the same lock shared (share-terms.ts).
create function await_decisions() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(7136504, hashtext(new.tenant_id));
  return new;
end $$;
create trigger limits_await_decisions before insert or update on limits
  for each row execute function await_decisions();
create trigger campaigns_await_decisions before update of rule_json on campaigns
  for each row when (old.rule_json -> 'limits' is distinct from new.rule_json -> 'limits')
  execute function await_decisions();

-- Counters in Redis are hints that expire, and are not compared any more.
drop table counter_comparison;
