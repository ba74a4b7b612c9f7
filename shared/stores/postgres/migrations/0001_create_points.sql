-- Tenants, their earning rules and boards, and the points ledger with its balances.

create table tenants (
  tenant_id  text primary key check (tenant_id ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  name       text not null,
  currency   text not null check (currency ~ '^[A-Z]{3}$'),
  time_zone  text not null default 'UTC',
  status     text not null default 'ACTIVE' check (status in ('ACTIVE', 'SUSPENDED')),
  created_at timestamptz not null default now()
);

-- Versions are immutable: a redelivered order is rated by the version that was in effect when it was placed.
create table earning_rules (
  tenant_id       text not null references tenants,
  version         integer not null check (version > 0),
  currency        text not null check (currency ~ '^[A-Z]{3}$'),
  points_per_step integer not null check (points_per_step > 0),
  minor_per_step  bigint not null check (minor_per_step > 0),
  valid_from      timestamptz not null,
  created_at      timestamptz not null default now(),
  primary key (tenant_id, version),
  unique (tenant_id, valid_from)
);

create table boards (
  tenant_id  text not null references tenants,
  board      text not null check (board ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  tie_policy text not null default 'competition' check (tie_policy in ('competition', 'dense', 'ordinal')),
  created_at timestamptz not null default now(),
  primary key (tenant_id, board)
);

-- Append-only, double entry: each row moves `points` from the tenant's counter account to the customer (if negative, back). The
-- primary key is the business key of the effect, so that a redelivery finds its row instead of adding another one.
create table points_ledger (
  tenant_id       text not null,
  kind            text not null check (kind in ('EARN', 'REVERSE', 'REDEEM', 'EXPIRE', 'ADJUST', 'TRANSFER')),
  cause_id        text not null,
  customer_id     text not null,
  points          bigint not null,
  counter_account text not null,
  order_id        text,
  amount_minor    bigint,
  currency        text,
  rule_version    integer,
  lot_id          uuid not null,
  cause           text not null,
  occurred_at     timestamptz not null,
  recorded_at     timestamptz not null default now(),
  primary key (tenant_id, kind, cause_id)
);

comment on column points_ledger.cause_id is 'Business key of the effect within its kind: the order id of an EARN';
comment on column points_ledger.points is 'Credited to the customer and debited from counter_account; may be 0';
comment on column points_ledger.cause is 'The event that brought it: CloudEvents source, a blank, id';

create function refuse_ledger_change() returns trigger language plpgsql as $$
begin
  raise exception 'points_ledger is append-only: % refused', tg_op using errcode = 'restrict_violation';
end $$;

create trigger points_ledger_is_append_only
  before update or delete or truncate on points_ledger
  for each statement execute function refuse_ledger_change();

-- Balance = sum of the customer's ledger rows, always; the fill factor leaves room for HOT updates.
create table points_balances (
  tenant_id   text not null,
  customer_id text not null,
  points      bigint not null,
  lifetime    bigint not null check (lifetime >= 0),
  version     bigint not null,
  reached_at  timestamptz not null,
  updated_at  timestamptz not null default now(),
  primary key (tenant_id, customer_id)
) with (fillfactor = 80);

insert into tenants (tenant_id, name, currency, time_zone) values ('default', 'Default', 'INR', 'Asia/Kolkata');
insert into earning_rules (tenant_id, version, currency, points_per_step, minor_per_step, valid_from)
  values ('default', 1, 'INR', 1, 10000, '1970-01-01T00:00:00Z');
insert into boards (tenant_id, board) values ('default', 'main');
