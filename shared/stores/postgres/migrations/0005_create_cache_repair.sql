-- What reconcile-rewards needs to repair Redis from Postgres.

-- Balances that could not be written through when they were committed. Nothing is written here while Redis is available.
create table unwritten_balances (
  tenant_id   text not null,
  customer_id text not null,
  program     text not null,
  version     bigint not null,
  noted_at    timestamptz not null default now(),
  primary key (tenant_id, customer_id, program)
);
comment on column unwritten_balances.version is 'The balance''s; a note is done with once this version or a newer one is written through';

-- The position of the comparison of all balances with the cache, in the order of their keys.
create table cache_comparison (
  is_only_row boolean primary key default true check (is_only_row),
  tenant_id   text not null,
  customer_id text not null,
  program     text not null
);
comment on table cache_comparison is 'The last balance that was compared; no row: the next comparison begins at the first one';
