-- Seals over finished ledger entries, chained per tenant, and what the audit needs to multiply exactly.

create table ledger_seals (
  tenant_id        text not null,
  seal_no          bigint not null check (seal_no > 0),
  from_transaction bigint not null,
  from_entry       bigint not null,
  to_transaction   bigint not null,
  to_entry         bigint not null,
  entries          integer not null check (entries between 1 and 1000),
  head             bytea not null check (length(head) = 32),
  sealed_at        timestamptz not null,
  primary key (tenant_id, seal_no)
);
-- Where sealing continues: the entries of all tenants up to the last sealed transaction are sealed.
create index ledger_seals_by_transaction on ledger_seals (to_transaction);
comment on column ledger_seals.head is 'SHA-256 of the head before it, of this row and of the entries from … to; docs/decisions/0010';

create or replace function refuse_ledger_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'restrict_violation';
end $$;

create trigger ledger_seals_is_append_only
  before update or delete or truncate on ledger_seals
  for each statement execute function refuse_ledger_change();

-- Sealing reads the newest pages every minute: without this, the index includes them only after the next vacuum.
alter index points_ledger_by_transaction set (autosummarize = on);

create aggregate product (numeric) (sfunc = numeric_mul, stype = numeric, initcond = '1', parallel = safe);
