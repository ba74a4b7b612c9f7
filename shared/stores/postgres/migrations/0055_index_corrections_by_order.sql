-- outside a transaction
-- A refund reads the corrections of its order, however many orders its customer has. Few entries are corrections.
create index concurrently if not exists points_ledger_corrections on points_ledger (tenant_id, order_id)
  where kind in ('REVERSE', 'REVISE');
