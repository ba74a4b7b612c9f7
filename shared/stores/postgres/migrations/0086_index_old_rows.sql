-- outside a transaction
-- archive-records reads each tenant's old rows in the order of their age.
create index concurrently if not exists redemptions_by_age on redemptions (tenant_id, created_at, redemption_id)
  where status <> 'RESERVED';
create index concurrently if not exists refunds_refused on refunds (tenant_id, recorded_at, refund_id)
  where status = 'REFUSED';
