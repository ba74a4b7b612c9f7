-- outside a transaction
-- New entries are read by number. The table grows in that order, so the smallest kind of index suffices.
create index concurrently if not exists points_ledger_by_entry on points_ledger
  using brin (entry_no) with (pages_per_range = 128, autosummarize = on);
-- Customers who were notified of their downgrade stay in the index of downgrades until it happens, but leave this one.
create index concurrently if not exists earning_accounts_to_notify on earning_accounts (tenant_id, program, falls_at)
  where falls_at is not null and notified_of is distinct from falls_at;
