-- Whether orders of the account are rated by its earning state. Read where the balance is locked, so that a pod with older rules
-- cannot add an order that the state lacks.
alter table points_balances add column judged_together boolean not null default false;
update points_balances balance set judged_together = true from earning_accounts account
where (account.tenant_id, account.customer_id, account.program) = (balance.tenant_id, balance.customer_id, balance.program);

create function refuse_order_alone() returns bigint language plpgsql as $$
begin
  raise exception 'the orders of this account are judged together' using errcode = 'GU001';
end $$;
comment on function refuse_order_alone() is 'GU001 is StaleTerms (stores/postgres/postgres-error.ts)';
