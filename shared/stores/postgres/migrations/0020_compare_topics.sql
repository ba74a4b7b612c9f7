-- Records of topics compared with their effects: records that were never delivered to a function are found here.

create table compared_partitions (
  topic       text not null,
  partition   integer not null,
  next_offset bigint not null check (next_offset >= 0),
  compared_at timestamptz not null default now(),
  primary key (topic, partition)
);
comment on table compared_partitions is 'How far each partition was compared; of dead-letters, how far it was read';
comment on column compared_partitions.compared_at is 'When everything delivered by then had been compared, or as much of it as there was time for';

create table lettered_records (
  topic         text not null,
  partition     integer not null,
  record_offset bigint not null,
  primary key (topic, partition, record_offset)
);
comment on table lettered_records is 'Records that have a dead letter and were not compared yet';

create table missing_records (
  topic         text not null,
  partition     integer not null,
  record_offset bigint not null,
  written_at    timestamptz not null,
  reason        text not null,
  traces        jsonb,
  found_at      timestamptz not null default now(),
  primary key (topic, partition, record_offset)
);
comment on table missing_records is 'Delivered as far as the consumer group goes, but neither recorded nor among the dead letters';
comment on column missing_records.traces is 'What it should have left: rows, of each inner list one; null where it cannot be read';
