-- Each cap applies once to a customer with several accounts (docs/decisions/0059-carrying-points.md).

create function other_accounts(of_tenant text, of_account text) returns setof text language sql stable rows 1 as $$
  select carried_to from carried_accounts where tenant_id = of_tenant and account_id = of_account
  union all
  select account_id from carried_accounts
  where tenant_id = of_tenant and account_id <> of_account and carried_to = coalesce((
    select carried_to from carried_accounts where tenant_id = of_tenant and account_id = of_account), of_account)
$$;
comment on function other_accounts is
  'The other accounts of the customer of an account whose points are carried together; none where it is the only one';
