-- outside a transaction
-- The audit adds up the open reservations of an account; few redemptions are open.
create index concurrently if not exists redemptions_reserved on redemptions (tenant_id, customer_id, program)
  where status = 'RESERVED';
