-- Unpublished events of incentives move to a queue, from which a row is deleted when its event is published. The log itself is
-- append-only, so marking an event as published rewrites no row and no index of it. From here on functions of the previous
-- version cannot issue incentives, and answer 503 until they are replaced.

create table unpublished_incentive_events (
  incentive_id   uuid not null,
  event          text not null,
  recorded_at    timestamptz not null default now(),
  tried_at       timestamptz,
  refused_at     timestamptz,
  refusal        text,
  correlation_id text,
  traceparent    text,
  primary key (incentive_id, event)
);
comment on table unpublished_incentive_events is 'Events in incentive_event_log that are not known to be published';
comment on column unpublished_incentive_events.tried_at is 'When publishing last failed; null: it is not known to have failed';
comment on column unpublished_incentive_events.refusal is 'Why Kafka refuses the event every time';

lock table incentive_event_log in access exclusive mode;
insert into unpublished_incentive_events (incentive_id, event, recorded_at, tried_at, refused_at, refusal, correlation_id, traceparent)
select incentive_id, event, recorded_at, tried_at, refused_at, refusal, correlation_id, traceparent
from incentive_event_log where published_at is null;
create index unpublished_incentive_events_waiting on unpublished_incentive_events (coalesce(tried_at, recorded_at)) where refused_at is null;
create index unpublished_incentive_events_refused on unpublished_incentive_events (refused_at) where refused_at is not null;

-- Older events have the number 0: adding the column rewrites nothing.
create sequence incentive_event_log_log_no_seq as bigint;
alter table incentive_event_log
  drop column published_at,
  drop column tried_at,
  drop column refused_at,
  drop column refusal,
  drop column correlation_id,
  drop column traceparent,
  add column log_no bigint not null default 0;
alter table incentive_event_log alter column log_no set default nextval('incentive_event_log_log_no_seq');
alter sequence incentive_event_log_log_no_seq owned by incentive_event_log.log_no;
comment on column incentive_event_log.log_no is 'In the order in which events were inserted, so that an audit reads those that are new';
