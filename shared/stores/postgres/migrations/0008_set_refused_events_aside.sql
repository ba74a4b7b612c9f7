-- An event that could not be published goes to the end of the queue; one that Kafka refuses is set aside until an operator
-- retries it. Both tables store the correlation of their events (the outbox within the event).

alter table outbox
  add column tried_at timestamptz,
  add column refused_at timestamptz,
  add column refusal text;
drop index outbox_by_age;
create index outbox_waiting on outbox (coalesce(tried_at, created_at)) where refused_at is null;
create index outbox_refused on outbox (refused_at) where refused_at is not null;
comment on column outbox.tried_at is 'When publishing last failed; null: it is not known to have failed';
comment on column outbox.refusal is 'Why Kafka refuses the event every time';

alter table incentive_event_log
  add column tried_at timestamptz,
  add column refused_at timestamptz,
  add column refusal text,
  add column correlation_id text,
  add column traceparent text;
drop index incentive_event_log_unpublished;
create index incentive_event_log_waiting on incentive_event_log (coalesce(tried_at, recorded_at))
  where published_at is null and refused_at is null;
create index incentive_event_log_refused on incentive_event_log (refused_at)
  where published_at is null and refused_at is not null;
