-- Sums of accounts as of a position in the ledger, so that neither a statement nor the audit begins at the first entry.

create table ledger_position (
  is_only_row       boolean primary key default true check (is_only_row),
  summed_entry      bigint not null default 0,
  summed_at         timestamptz not null default now(),
  settled_entry     bigint not null default 0,
  settled_at        timestamptz not null default now(),
  unsettled_entry   bigint,
  unsettled_until   bigint,
  unsettled_at      timestamptz
);
insert into ledger_position default values;
comment on column ledger_position.summed_entry is 'account_sums hold the entries up to this one, and no others';
comment on column ledger_position.summed_at is 'Every entry that was committed by then is summed';
comment on column ledger_position.settled_entry is 'No transaction can add an entry at or before this one any more';
comment on column ledger_position.unsettled_entry is 'Becomes the settled entry when every transaction before unsettled_until has ended';

create table account_sums (
  tenant_id      text not null,
  customer_id    text not null,
  program        text not null,
  entries        bigint not null,
  points         bigint not null,
  pending        bigint not null,
  lifetime       bigint not null,
  snapshot_entry bigint not null default 0,
  first_recorded timestamptz not null,
  last_recorded  timestamptz not null,
  is_audit_due   boolean not null default true,
  primary key (tenant_id, customer_id, program)
) with (fillfactor = 80);
create index account_sums_to_audit on account_sums (tenant_id, customer_id, program) where is_audit_due;
comment on table account_sums is 'What the entries of an account up to ledger_position.summed_entry add up to';
comment on column account_sums.snapshot_entry is 'The entry of the account''s newest snapshot';
comment on column account_sums.first_recorded is 'Of the entries after the newest snapshot';
comment on column account_sums.last_recorded is 'Of all its entries';
comment on column account_sums.is_audit_due is 'Whether entries were added since the account was audited';

create table balance_snapshots (
  tenant_id      text not null,
  customer_id    text not null,
  program        text not null,
  entry_no       bigint not null,
  after_entry    bigint not null,
  points         bigint not null,
  pending        bigint not null,
  lifetime       bigint not null,
  first_recorded timestamptz not null,
  last_recorded  timestamptz not null,
  primary key (tenant_id, customer_id, program, entry_no)
);
create index balance_snapshots_by_time on balance_snapshots (tenant_id, customer_id, program, last_recorded);
comment on table balance_snapshots is 'What an account held after every so many entries; an entry of it is never followed by an earlier one';
comment on column balance_snapshots.after_entry is 'The entry of the snapshot before, 0 for the first';
comment on column balance_snapshots.first_recorded is 'Of the entries after the snapshot before';
comment on column balance_snapshots.last_recorded is 'Of all entries up to this one';
