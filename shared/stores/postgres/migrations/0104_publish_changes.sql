-- What Debezium's connectors read from the write-ahead log (docs/operations/cdc.md).

-- A row per connector, which the connector updates: so its slot advances while nothing else is written, and a dropped slot is
-- noticed.
create table cdc_heartbeats (
  slot_name text primary key,
  beat_at   timestamptz not null default now()
) with (fillfactor = 50);
comment on table cdc_heartbeats is 'When each connector of change data capture last wrote here, by its replication slot';

-- Includes the heartbeats, so that a connector reads them; its table.include.list excludes them from the topics.
create publication guerdon_cdc for table incentives, points_balances, boards, cdc_heartbeats;
