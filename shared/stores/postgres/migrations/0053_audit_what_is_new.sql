-- The audit goes through what is new, and through a part of the old each night.

create table audit_position (
  is_only_row       boolean primary key default true check (is_only_row),
  audited_entry     bigint not null default 0,
  audited_at        timestamptz not null default now(),
  incentives_on     date,
  slice_on          date,
  slice_left        bigint not null default 0,
  slice_tenant      text not null default '',
  slice_customer    text not null default '',
  slice_program     text not null default '',
  cycle_began_at    timestamptz not null default now(),
  cycle_ended_at    timestamptz
);
insert into audit_position default values;
comment on column audit_position.audited_entry is 'The orders, transfers and redemptions of entries up to this one were audited';
comment on column audit_position.audited_at is 'Every entry committed by then was audited, and the balance of its account; at first when the table was made';
comment on column audit_position.incentives_on is 'The UTC day on which incentives were audited';
comment on column audit_position.slice_left is 'Accounts that are still to be recomputed from their first entry on the day slice_on';
comment on column audit_position.slice_customer is 'With tenant and program, the last account recomputed; the cycle ends after the last account of all';

create table audit_findings (
  check_name text not null,
  tenant_id  text not null,
  subject    text not null,
  recorded   text,
  recomputed text,
  found_at   timestamptz not null default now(),
  primary key (check_name, tenant_id, subject)
);
comment on table audit_findings is 'What audits found wrong; a row leaves when a whole cycle begun after it was found did not find it again';

-- An entry is settled when the transactions that wrote to the ledger at the same time have ended, whatever else runs on the
-- server.

alter table ledger_position
  drop column unsettled_until,
  add column unsettled_writers text[];
update ledger_position set unsettled_entry = null, unsettled_at = null;
comment on column ledger_position.unsettled_entry is 'Becomes the settled entry when every transaction of unsettled_writers has ended';
comment on column ledger_position.unsettled_writers is 'Transactions that had a lock to write to the ledger, as pg_locks names them';
