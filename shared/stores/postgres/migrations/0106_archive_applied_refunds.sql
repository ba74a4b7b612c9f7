-- outside a transaction
-- Refunds that were applied are archived, too. What later refunds of their orders need of them is stored by order.
create table if not exists archived_refunds (
  tenant_id text not null,
  order_id  text not null,
  minor     bigint not null,
  lines     jsonb not null,
  primary key (tenant_id, order_id)
);
comment on table archived_refunds is 'What the archived refunds of an order took from it, in minor units, and the lines that they named';
create index concurrently if not exists refunds_by_age on refunds (tenant_id, recorded_at, refund_id)
  where status <> 'WAITING';
drop index if exists refunds_refused;
