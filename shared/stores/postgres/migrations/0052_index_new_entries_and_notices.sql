-- outside a transaction
-- New entries are read by number. The table grows in that order, so the smallest of indexes will do.
create index concurrently if not exists points_ledger_by_entry on points_ledger
  using brin (entry_no) with (pages_per_range = 128, autosummarize = on);
-- Customers who were notified of their fall stay in the index of falls until it comes; this one they leave.
create index concurrently if not exists earning_accounts_to_notify on earning_accounts (tenant_id, program, falls_at)
  where falls_at is not null and notified_of is distinct from falls_at;
