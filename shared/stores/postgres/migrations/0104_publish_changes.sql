-- What Debezium's connectors read from the write-ahead log (docs/operations/cdc.md).

-- A row per connector, which it updates by itself: the slot of a quiet database moves on, and a slot that is gone is missed.
create table cdc_heartbeats (
  slot_name text primary key,
  beat_at   timestamptz not null default now()
) with (fillfactor = 50);
comment on table cdc_heartbeats is 'When each connector of change data capture last wrote here, by its replication slot';

-- The heartbeats are in it so that a connector sees them come by; its table.include.list leaves them out of the topics.
create publication guerdon_cdc for table incentives, points_balances, boards, cdc_heartbeats;
