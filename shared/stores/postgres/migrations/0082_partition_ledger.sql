-- points_ledger becomes partitioned; the existing table becomes its first partition. From here on only ledger_keys determines
-- what is recorded, so the widest index is dropped. The previous version can no longer record entries: its records are retried
-- until it is replaced.

drop trigger points_ledger_adds_keys on points_ledger;
drop function add_ledger_keys();

-- Partitions share the numbers of the table, which an identity column does not let them do.
do $$
declare
  next bigint := 1 + coalesce(pg_sequence_last_value(pg_get_serial_sequence('points_ledger', 'entry_no')), 0);
begin
  alter table points_ledger alter column entry_no drop identity;
  execute format('create sequence points_ledger_entry_no_seq as bigint start %s', next);
  alter table points_ledger alter column entry_no set default nextval('points_ledger_entry_no_seq');
end $$;

create or replace function partition_by_month(parent text, partition_column text, key_index text default null)
returns void language plpgsql as $$
declare
  bound text := parent || '_before_partitions';
  ends_at timestamptz := (
    select substring(pg_get_constraintdef(oid) from '''([^'']+)''')::timestamptz from pg_constraint
    where conrelid = parent::regclass and conname = bound);
  past text := parent || to_char(ends_at at time zone 'UTC', '"_before_"YYYY_MM');
  old_key text := (select conname from pg_constraint where conrelid = parent::regclass and contype = 'p');
  one record;
begin
  execute format('alter table %I drop constraint %I', parent, old_key);
  execute format('alter table %I rename to %I', parent, past);
  execute format('create table %I (like %I including defaults including constraints including comments) partition by range (%I)',
    parent, past, partition_column);
  execute format('alter table %I drop constraint %I', parent, bound);
  for one in
    select relname::text as index, pg_get_indexdef(indexrelid) as definition from pg_index join pg_class on oid = indexrelid
    where indrelid = past::regclass and relname is distinct from key_index
  loop
    execute format('alter index %I rename to %I', one.index, left(replace(one.index, parent, past), 63));
    -- The index of a partitioned table is built on its partitions when they are attached, and taken over where they have it.
    execute replace(one.definition, format('.%I USING', past), format('.%I USING', parent));
  end loop;
  if key_index is not null then
    execute format('alter table %I add constraint %I primary key using index %I', past, past || '_pkey', key_index);
    execute format('alter table %I add %s', parent,
      (select pg_get_constraintdef(oid) from pg_constraint where conrelid = past::regclass and contype = 'p'));
  end if;
  for one in
    select tgname, pg_get_triggerdef(oid, true) as definition from pg_trigger where tgrelid = past::regclass and not tgisinternal
  loop
    execute replace(one.definition, format(' ON %I ', past), format(' ON %I ', parent));
  end loop;
  perform attach_partition(parent, past, '-infinity', ends_at);
  execute format('alter table %I drop constraint %I', past, bound);
  perform create_partitions_ahead(parent, 3);
end $$;
comment on function partition_by_month(text, text, text) is
  'Turns a table into the partition of everything until the bound that bound_before_partitioning set, of a new table of its name, with key_index as
primary key; none where another table has the keys';

select partition_by_month('points_ledger', 'recorded_at');
alter sequence points_ledger_entry_no_seq owned by points_ledger.entry_no;
