-- Changes of customers in the order of their commits, and the transfers between their accounts
-- (docs/decisions/0059-carrying-points.md).

create sequence customer_change_numbers;

alter table customers
  add column change_no bigint not null default nextval('customer_change_numbers'),
  add column erased_at timestamptz;
create index customers_by_change on customers (tenant_id, change_no);
comment on column customers.change_no is
  'Grows with each change. Changes of a tenant are committed one after another, so none appears below a number that was read';
comment on column customers.erased_at is 'When the person was erased: nothing is left but the id';

create function number_customer_change() returns trigger language plpgsql as $$
begin
  new.change_no := nextval('customer_change_numbers');
  return new;
end
$$;
create trigger number_customer_change before update on customers
  for each row when (old.* is distinct from new.*) execute function number_customer_change();

alter table link_decisions add column merge_of bigint;
create index link_decisions_of_merge on link_decisions (merge_of) where merge_of is not null;
comment on column link_decisions.merge_of is 'The younger of two customers that were merged by hand: unmerging it withdraws the decision';

create table carried_accounts (
  tenant_id  text not null references tenants,
  account_id text not null,
  carried_to text not null,
  since      timestamptz not null default now(),
  primary key (tenant_id, account_id),
  check (account_id <> carried_to)
);
create index carried_accounts_to on carried_accounts (tenant_id, carried_to);
comment on table carried_accounts is 'Accounts whose points go to another account of the same customer';

create table carried_points (
  tenant_id  text not null,
  account_id text not null,
  program    text not null,
  expires_at timestamptz,
  points     bigint not null check (points > 0),
  unique nulls not distinct (tenant_id, account_id, program, expires_at),
  foreign key (tenant_id, account_id) references carried_accounts on delete cascade
);
comment on table carried_points is 'What an account has given since it is carried, by when the points expire: it is given back when customers are taken apart';

-- However a record is deleted, nothing that was derived from it remains.
create function forget_customer_record() returns trigger language plpgsql as $$
begin
  delete from matching_blocks where record_no = old.record_no and key = any(old.block_keys);
  delete from record_links where a = old.record_no or b = old.record_no;
  delete from link_decisions where a = old.record_no or b = old.record_no;
  delete from person_keys where tenant_id = old.tenant_id
    and person = person_digest(old.tenant_id, 'record:' || old.source || ':' || old.record_id);
  update customers set details = null, name_phone = null
  where customer_id = old.customer_id and num_nonnulls(details, name_phone) > 0;
  return null;
end $$;
create trigger forget_customer_record after delete on customer_records
  for each row execute function forget_customer_record();
