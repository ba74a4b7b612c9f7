-- A customer that loses its records must still find the accounts whose points it transferred
-- (docs/decisions/0059-carrying-points.md).

alter table carried_accounts add column customer_id bigint;
create index carried_accounts_of_customer on carried_accounts (customer_id);
comment on column carried_accounts.customer_id is 'Of whom both accounts are';
