-- Only decisions of campaigns that an event counts for are recorded. Those of the others follow from the event, the campaigns
-- that evaluated it, the time and the cohorts of its user, and are computed on request. Events recorded before have no
-- campaign_set: all of their decisions are recorded.

-- Immutable and shared: the key is the digest of the content.
create table campaign_sets (
  tenant_id      text not null,
  set_key        uuid not null,
  engine         integer not null,
  time_zone      text not null,
  schema_version integer,
  campaign_ids   uuid[] not null,
  versions       integer[] not null check (cardinality(versions) = cardinality(campaign_ids)),
  created_at     timestamptz not null default now(),
  primary key (tenant_id, set_key)
);
comment on table campaign_sets is 'The campaigns that judged events, in their order, each with its version';
comment on column campaign_sets.engine is 'Version of the code that judges: domain/campaigns/judged-by.ts';
comment on column campaign_sets.time_zone is 'Of the tenant then';
comment on column campaign_sets.schema_version is 'Of the schema of the action; null: it had none';

alter table events
  add column campaign_set uuid,
  add column judged_at timestamptz,
  add column cohorts text[];
comment on column events.campaign_set is 'The campaigns that judged it; null: every decision is in decisions';
comment on column events.judged_at is 'By the clock of the pod that judged it';
comment on column events.cohorts is 'Of the cohorts that the campaigns ask for, those that the user was in; null: none';
comment on column events.decisions is
  'Those of campaigns that the event counts for; where campaign_set is null, of all that ask for the action: stores/postgres/decision-rows.ts';
