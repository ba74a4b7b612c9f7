-- Programs with rule and tier versions, lots, refunds, reservations, and columns of the ledger that distinguish programs.

create table programs (
  tenant_id  text not null references tenants,
  program    text not null check (program ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  name       text not null,
  unit       text not null default 'POINTS' check (unit ~ '^([A-Z]{3}|POINTS)$'),
  created_at timestamptz not null default now(),
  primary key (tenant_id, program)
);
comment on column programs.unit is 'POINTS, or the ISO 4217 code whose minor units are counted';
insert into programs (tenant_id, program, name) select tenant_id, 'points', 'Points' from tenants;

-- A version's terms never change; it is a draft until it has a valid_from.
alter table earning_rules
  add column program text not null default 'points',
  add column terms jsonb,
  add column valid_until timestamptz check (valid_until > valid_from),
  add column created_by text not null default 'migration',
  alter column valid_from drop not null;
update earning_rules set terms = jsonb_build_object(
  'rate', jsonb_build_object('points', points_per_step, 'perMinor', minor_per_step),
  'rounding', 'floor', 'promotions', '[]'::jsonb, 'caps', '{}'::jsonb,
  'pending', '{"kind":"none"}'::jsonb, 'expiry', '{"kind":"none"}'::jsonb, 'refundPolicy', 'within-balance');
alter table earning_rules
  drop column points_per_step,
  drop column minor_per_step,
  alter column terms set not null,
  alter column program drop default,
  drop constraint earning_rules_pkey,
  drop constraint earning_rules_tenant_id_valid_from_key,
  add primary key (tenant_id, program, version),
  add unique (tenant_id, program, currency, valid_from),
  add foreign key (tenant_id, program) references programs;

create table tier_ladders (
  tenant_id  text not null,
  program    text not null,
  version    integer not null check (version > 0),
  terms      jsonb not null,
  valid_from timestamptz,
  created_at timestamptz not null default now(),
  created_by text not null,
  primary key (tenant_id, program, version),
  unique (tenant_id, program, valid_from),
  foreign key (tenant_id, program) references programs
);

create function refuse_version_change() returns trigger language plpgsql as $$
begin
  if old.terms is distinct from new.terms or (old.valid_from is not null and old.valid_from is distinct from new.valid_from) then
    raise exception '% version % is immutable', tg_table_name, old.version using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger earning_rules_are_immutable before update on earning_rules for each row execute function refuse_version_change();
create trigger tier_ladders_are_immutable before update on tier_ladders for each row execute function refuse_version_change();

create table cohort_members (
  tenant_id   text not null references tenants,
  customer_id text not null,
  cohort      text not null check (cohort ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  since       timestamptz not null,
  until       timestamptz not null default 'infinity' check (until > since),
  primary key (tenant_id, customer_id, cohort, since)
);

alter table points_ledger
  add column program text not null default 'points',
  add column account text not null default 'available' check (account in ('available', 'pending')),
  add column expires_at timestamptz,
  add column available_at timestamptz,
  add column awaits text,
  add column trace jsonb,
  add column reason text,
  add column entry_no bigint generated always as identity,
  add column transaction_id bigint not null default (pg_current_xact_id()::text::bigint),
  drop constraint points_ledger_pkey,
  add primary key (tenant_id, program, kind, cause_id),
  drop constraint points_ledger_kind_check,
  add check (kind in ('EARN', 'REVERSE', 'REVISE', 'RELEASE', 'EXPIRE', 'REDEEM', 'TRANSFER', 'ADJUST'));
create index points_ledger_of_customer on points_ledger (tenant_id, customer_id, program, entry_no);
-- Sealing reads what is new by transaction; the table grows in that order, so the smallest of indexes will do.
create index points_ledger_by_transaction on points_ledger using brin (transaction_id) with (pages_per_range = 16);
comment on column points_ledger.entry_no is 'Order of entries within a transaction, and of a statement';
comment on column points_ledger.transaction_id is 'Tells what is finished from what is under way, so that nothing is sealed too early';

-- No checks on sums: an upsert proposes the change as a row before it adds it, and changes may be negative.
alter table points_balances
  add column program text not null default 'points',
  add column pending bigint not null default 0,
  add column reserved bigint not null default 0,
  drop constraint points_balances_lifetime_check,
  drop constraint points_balances_pkey,
  add primary key (tenant_id, customer_id, program);

-- Only lots that expire or are pending have a row. What the balance has beyond them is the customer's lot that never expires.
create table points_lots (
  tenant_id    text not null,
  customer_id  text not null,
  program      text not null,
  lot_id       uuid not null,
  account      text not null check (account in ('available', 'pending')),
  points       bigint not null,
  reserved     bigint not null default 0,
  expired      bigint not null default 0,
  expires_at   timestamptz,
  available_at timestamptz,
  awaits       text,
  order_id     text,
  primary key (tenant_id, customer_id, program, lot_id, account)
) with (fillfactor = 80);
create index points_lots_to_expire on points_lots (tenant_id, expires_at) where account = 'available' and points > 0;
create index points_lots_to_release on points_lots (tenant_id, available_at) where account = 'pending' and points > 0;
create index points_lots_awaiting on points_lots (tenant_id, order_id) where account = 'pending' and awaits is not null;

-- The state after a customer's last order, where orders are rated depending on each other. A cache, which the ledger can prove.
create table earning_accounts (
  tenant_id   text not null,
  customer_id text not null,
  program     text not null,
  state       jsonb not null,
  tier        text,
  falls_at    timestamptz,
  notified_of timestamptz,
  updated_at  timestamptz not null default now(),
  primary key (tenant_id, customer_id, program)
) with (fillfactor = 80);
create index earning_accounts_to_review on earning_accounts (tenant_id, program, falls_at) where falls_at is not null;
comment on column earning_accounts.notified_of is 'The falls_at that the customer was told of';

create table refunds (
  tenant_id    text not null,
  refund_id    text not null,
  order_id     text not null,
  amount_minor bigint check (amount_minor > 0),
  lines        jsonb,
  currency     text,
  status       text not null check (status in ('WAITING', 'APPLIED', 'REFUSED')),
  applied_minor bigint not null default 0 check (applied_minor >= 0),
  reason       text,
  cause        text not null,
  refunded_at  timestamptz not null,
  recorded_at  timestamptz not null default now(),
  primary key (tenant_id, refund_id)
);
create index refunds_of_order on refunds (tenant_id, order_id);
-- Queried for each batch of orders, and nearly always empty.
create index refunds_waiting on refunds (tenant_id, order_id) where status = 'WAITING';
comment on column refunds.amount_minor is 'Null: whatever is left of the order';
comment on column refunds.status is 'WAITING until the order comes; REFUSED when it asked for more than was left of it';

-- Progress of orders, for points that wait for it; it may come before the order itself.
create table order_progress (
  tenant_id   text not null,
  order_id    text not null,
  progress    text not null,
  cause       text not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null default now(),
  primary key (tenant_id, order_id, progress)
);

create table redemptions (
  tenant_id     text not null,
  redemption_id text not null,
  customer_id   text not null,
  program       text not null,
  points        bigint not null check (points > 0),
  committed     bigint not null default 0 check (committed between 0 and points),
  status        text not null check (status in ('RESERVED', 'COMMITTED', 'VOIDED', 'TIMED_OUT')),
  lots          jsonb not null,
  reference     text,
  created_by    text not null,
  created_at    timestamptz not null default now(),
  times_out_at  timestamptz not null,
  ended_at      timestamptz,
  primary key (tenant_id, redemption_id)
);
create index redemptions_to_time_out on redemptions (times_out_at) where status = 'RESERVED';
create index redemptions_of_customer on redemptions (tenant_id, customer_id, program, created_at);
comment on column redemptions.lots is 'What is reserved in which lot: [{"lotId", "points"}]';

-- Events of commits that no redelivery would repeat; a row is deleted when its event is published.
create table outbox (
  fact_id    uuid primary key,
  fact       jsonb not null,
  created_at timestamptz not null default now()
);
create index outbox_by_age on outbox (created_at);
