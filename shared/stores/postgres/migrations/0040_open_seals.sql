-- Seals close by count or age. Until then the entries of a tenant that were read are folded into an open seal, so that each is read once.

create table open_seals (
  tenant_id        text primary key,
  from_transaction bigint not null,
  from_entry       bigint not null,
  to_transaction   bigint not null,
  to_entry         bigint not null,
  entries          integer not null check (entries between 1 and 1000),
  digest           bytea not null check (length(digest) = 32),
  opened_at        timestamptz not null
) with (fillfactor = 50);
comment on column open_seals.digest is 'The entries so far, folded one by one with SHA-256; docs/decisions/0010';
comment on column open_seals.opened_at is 'When its first entry was recorded';

alter table ledger_seals add column folded boolean not null default false;
alter table ledger_seals alter column folded set default true;
comment on column ledger_seals.folded is 'Whether its entries were hashed one by one; older seals hash all at once';
