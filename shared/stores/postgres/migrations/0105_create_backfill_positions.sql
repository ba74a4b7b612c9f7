-- The position of `npm run backfill`, so that an interrupted run continues where it stopped.
create table backfill_positions (
  table_name text primary key,
  after_key  jsonb not null,
  updated_at timestamptz not null default now()
);
comment on column backfill_positions.after_key is 'Primary key of the last row that was published';
