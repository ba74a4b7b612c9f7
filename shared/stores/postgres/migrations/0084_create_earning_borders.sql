-- Accounts whose orders depend on each other continue from a state after the last of their archived orders
-- (docs/decisions/0043-archiving-the-ledger.md).

create table earning_borders (
  tenant_id   text not null,
  customer_id text not null,
  program     text not null,
  ends_at     timestamptz not null,
  placed_at   timestamptz,
  state       jsonb not null,
  primary key (tenant_id, customer_id, program)
);
comment on table earning_borders is 'States after the last archived order of an account; orders placed before are neither paid nor refunded';
comment on column earning_borders.ends_at is 'The end of the last month for which the account is ready: its entries until then can be archived';
comment on column earning_borders.placed_at is 'When the last order was placed that the state includes; null: none of them has anything left';
comment on column earning_borders.state is 'shared/domain/earning/earning-account.ts, with the days of a year';
