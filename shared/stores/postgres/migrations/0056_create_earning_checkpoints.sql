-- After late orders and refunds, orders are rated again from a state before them instead of from the first order.

-- States that accounts had after some of their orders, the fewer the older they are.
create table earning_checkpoints (
  tenant_id   text not null,
  customer_id text not null,
  program     text not null,
  no          integer not null,
  placed_at   timestamptz not null,
  after_entry bigint not null,
  state       jsonb not null,
  primary key (tenant_id, customer_id, program, no)
);
comment on column earning_checkpoints.placed_at is 'When the last order was placed that the state includes';
comment on column earning_checkpoints.after_entry is 'Orders placed after the state are in ledger entries with greater numbers';
comment on column earning_checkpoints.state is 'shared/domain/points/earning-checkpoint.ts';
comment on column earning_accounts.state is 'With mark, the newest checkpoint: a version that does not know of checkpoints leaves it out, so they are taken anew';
