-- Tables that grow with every record are partitioned by the month in which it was recorded, so that whole months can be archived and
-- dropped (docs/decisions/0034-archiving.md). This file has what all of them share; no table is changed yet.

create view partitions as
  select parent.relname::text as table_name, child.relname::text as partition,
    coalesce(substring(bound from $re$FROM \('([^']+)'\)$re$)::timestamptz, '-infinity') as starts_at,
    substring(bound from $re$TO \('([^']+)'\)$re$)::timestamptz as ends_at
  from pg_inherits
  join pg_class parent on parent.oid = inhparent
  join pg_class child on child.oid = inhrelid
  cross join lateral pg_get_expr(child.relpartbound, child.oid) bound
  where parent.relkind = 'p' and parent.relnamespace = current_schema::regnamespace and child.relkind = 'r';
comment on view partitions is 'Attached partitions with their bounds; starts_at is -infinity where a partition has everything before ends_at';

create function attach_partition(parent text, partition text, starts_at timestamptz, ends_at timestamptz)
returns void language plpgsql as $$
declare
  definition text;
begin
  -- A partition does not inherit statement triggers, such as those that keep a table append-only.
  for definition in
    select pg_get_triggerdef(oid, true) from pg_trigger
    where tgrelid = parent::regclass and not tgisinternal and tgtype & 1 = 0
      and tgname not in (select tgname from pg_trigger where tgrelid = partition::regclass)
  loop
    execute replace(definition, format(' ON %I ', parent), format(' ON %I ', partition));
  end loop;
  execute format('alter table %I attach partition %I for values from (%s) to (%L)', parent, partition,
    case when starts_at = '-infinity' then 'minvalue' else quote_literal(starts_at) end, ends_at);
end $$;

create function create_partition(parent text, partition text) returns void language plpgsql as $$
begin
  execute format('create table %I (like %I including defaults including constraints including comments)', partition, parent);
end $$;
comment on function create_partition(text, text) is
  'Makes a table that attach_partition takes: unlike `create table … partition of`, the two do not block readers and writers of the parent';

create function create_partitions_ahead(parent text, months integer) returns integer language plpgsql as $$
declare
  created integer := 0;
  starts_at timestamptz;
  ends_at timestamptz;
  partition text;
begin
  perform pg_advisory_xact_lock(7136505, hashtext(parent));
  loop
    select max(each.ends_at) into starts_at from partitions each where each.table_name = parent;
    starts_at := coalesce(starts_at, date_trunc('month', now(), 'UTC'));
    exit when starts_at > now() + make_interval(months => months);
    ends_at := (starts_at at time zone 'UTC' + interval '1 month') at time zone 'UTC';
    partition := parent || to_char(starts_at at time zone 'UTC', '_YYYY_MM');
    perform create_partition(parent, partition);
    perform attach_partition(parent, partition, starts_at, ends_at);
    created := created + 1;
  end loop;
  return created;
end $$;
comment on function create_partitions_ahead(text, integer) is
  'Creates the partitions that a table lacks for the months to come and returns how many; several at once are safe';

-- A table becomes partitioned in three migrations, none of which blocks it for long: bound_before_partitioning; then, outside a
-- transaction, `validate constraint` and a unique index that includes the partition column; then partition_by_month.

create function bound_before_partitioning(parent text, partition_column text) returns void language plpgsql as $$
begin
  -- Two months ahead, so that the last of these migrations may come in the next month.
  execute format('alter table %I add constraint %I check (%I < %L) not valid', parent, parent || '_before_partitions', partition_column,
    (date_trunc('month', now() at time zone 'UTC') + interval '2 months') at time zone 'UTC');
end $$;

create function partition_by_month(parent text, partition_column text, key_index text) returns void language plpgsql as $$
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
    where indrelid = past::regclass and relname <> key_index
  loop
    execute format('alter index %I rename to %I', one.index, left(replace(one.index, parent, past), 63));
    -- The index of a partitioned table is built on its partitions when they are attached, and taken over where they have it.
    execute replace(one.definition, format('.%I USING', past), format('.%I USING', parent));
  end loop;
  execute format('alter table %I add constraint %I primary key using index %I', past, past || '_pkey', key_index);
  execute format('alter table %I add %s', parent,
    (select pg_get_constraintdef(oid) from pg_constraint where conrelid = past::regclass and contype = 'p'));
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
  'Turns a table into the partition of everything until the bound that bound_before_partitioning set, of a new table of its name';

-- How long records stay. Tables without a row have the defaults of partitioned-tables.ts.
create table retention (
  tenant_id  text not null references tenants,
  table_name text not null,
  months     integer check (months > 0),
  primary key (tenant_id, table_name)
);
comment on column retention.months is 'How many months after the one in which they were recorded records are archived at the earliest; null: never';

create table archived_partitions (
  partition   text primary key,
  table_name  text not null,
  starts_at   timestamptz not null,
  ends_at     timestamptz not null,
  detached_at timestamptz not null default now(),
  dropped_at  timestamptz,
  restored_at timestamptz
);
comment on column archived_partitions.detached_at is 'From then on nobody reads or writes its records';
comment on column archived_partitions.dropped_at is 'When all of it was in files; null: the table is still there';
comment on column archived_partitions.restored_at is 'When the records of a file last became readable again; null after they were archived again';

create table archive_files (
  partition  text not null references archived_partitions,
  tenant_id  text not null,
  part       integer not null check (part > 0),
  file       text not null,
  rows       bigint not null check (rows > 0),
  sha256     text not null,
  written_at timestamptz not null default now(),
  primary key (partition, tenant_id, part)
);
comment on table archive_files is 'Files with the records of archived partitions, in the order of their key';
comment on column archive_files.sha256 is 'Of the file as it is, compressed';
