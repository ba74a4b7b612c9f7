-- What remains of archived months of points_ledger (docs/decisions/0043-archiving-the-ledger.md).

create table ledger_archives (
  tenant_id      text not null,
  ends_at        timestamptz not null,
  partition      text not null,
  to_transaction bigint not null,
  to_entry       bigint not null,
  primary key (tenant_id, ends_at)
);
comment on table ledger_archives is 'The months of a tenant''s ledger that are archived: always its first ones';
comment on column ledger_archives.to_entry is 'With to_transaction, the last position of the tenant''s chain that has an archived entry';

create table ledger_openings (
  tenant_id   text not null,
  customer_id text not null,
  program     text not null,
  entries     bigint not null,
  points      numeric not null,
  pending     numeric not null,
  lifetime    numeric not null,
  primary key (tenant_id, customer_id, program)
);
comment on table ledger_openings is 'What the archived entries of an account add up to';

create table lot_openings (
  tenant_id   text not null,
  customer_id text not null,
  program     text not null,
  lot_id      uuid not null,
  account     text not null,
  expires_at  timestamptz not null,
  points      numeric not null,
  expired     numeric not null,
  primary key (tenant_id, customer_id, program, lot_id, account, expires_at)
);
comment on table lot_openings is 'What the archived entries of a lot add up to, where that is not nothing';
comment on column lot_openings.expires_at is 'infinity where the lot never lapses';

create table archived_orders (
  key          uuid primary key,
  amount_minor bigint,
  currency     text
);
comment on table archived_orders is 'Orders with an archived entry, by the key of their EARN, so that a repeated one can be compared';

create function rates_in_sequence(terms jsonb) returns boolean language sql immutable parallel safe
return terms ->> 'rounding' = 'carry' or terms #>> '{caps,day}' is not null or terms #>> '{caps,month}' is not null;
comment on function rates_in_sequence(jsonb) is 'Whether a rule rates an order by the other orders of its customer';
