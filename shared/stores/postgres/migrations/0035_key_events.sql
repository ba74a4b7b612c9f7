-- Prepares the partitioning of events, quest steps, order progress and the change log (0070 and 0071 do it). The previous version
-- keeps working.

-- The id of an event is kept forever, even when its record is archived.
create table event_keys (
  tenant_id   text not null,
  event_id    text not null,
  received_at timestamptz not null default now(),
  primary key (tenant_id, event_id)
);
comment on table event_keys is 'Every event that was ever recorded, so that none is recorded twice, and where its record is: events by received_at';

-- Until 0071: adds keys of events that are recorded while 0070 adds those of older ones.
create function claim_event_keys() returns trigger language plpgsql as $$
begin
  insert into event_keys (tenant_id, event_id, received_at)
  select tenant_id, event_id, received_at from recorded on conflict do nothing;
  return null;
end $$;
create trigger events_claim_keys after insert on events
  referencing new table as recorded for each statement execute function claim_event_keys();

-- Existing steps have the time of this migration, which is later than that of their events.
alter table user_aggregations add column received_at timestamptz not null default now();
comment on column user_aggregations.received_at is 'When it was recorded';

select bound_before_partitioning('events', 'received_at'), bound_before_partitioning('user_aggregations', 'received_at'),
  bound_before_partitioning('order_progress', 'recorded_at'), bound_before_partitioning('audit_log', 'at');
