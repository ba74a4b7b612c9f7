-- Campaigns: actions and their schemas, limits, campaigns with their versions, events with their decisions, quests, coupons,
-- incentives, and how much of each limit is used.

create table users (
  tenant_id    text not null references tenants,
  user_id      text not null,
  external_ref text,
  created_at   timestamptz not null default now(),
  primary key (tenant_id, user_id)
);
comment on table users is 'Who acted; the same id is the customer of the ledger';

-- A version only adds optional fields, so that clauses written for one are valid for every later one.
create table actions (
  tenant_id   text not null references tenants,
  action_code text not null check (action_code ~ '^[A-Z][A-Z0-9_]{0,62}$'),
  version     integer not null check (version > 0),
  description text not null,
  fields      jsonb not null,
  created_at  timestamptz not null default now(),
  created_by  text not null,
  primary key (tenant_id, action_code, version)
);

create table limits (
  limit_id    uuid primary key default gen_random_uuid(),
  tenant_id   text not null references tenants,
  scope       text not null check (scope in ('GLOBAL', 'USER')),
  max_per_day bigint check (max_per_day >= 0),
  max_total   bigint check (max_total >= 0),
  window_days integer check (window_days between 1 and 366),
  amounts     jsonb not null default '{}',
  version     integer not null default 1,
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now(),
  unique (tenant_id, scope)
);
comment on column limits.window_days is 'max_total counts the last so many local days, today among them; null: for ever';
comment on column limits.amounts is 'By unit (POINTS or ISO 4217): {"maxPerDay", "maxTotal"} in points or minor units';
insert into limits (tenant_id, scope) select tenant_id, scope from tenants, unnest(array['GLOBAL', 'USER']) scope;

create table cohorts (
  cohort_id  uuid primary key default gen_random_uuid(),
  tenant_id  text not null references tenants,
  cohort     text not null check (cohort ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  name       text not null,
  kind       text not null check (kind in ('STATIC')),
  created_at timestamptz not null default now(),
  created_by text not null,
  unique (tenant_id, cohort)
);
comment on column cohorts.cohort is 'Names its members in cohort_members';

create table campaigns (
  campaign_id uuid primary key,
  tenant_id   text not null references tenants,
  name        text not null,
  type        text not null check (type in ('SIMPLE', 'QUEST')),
  start_at    timestamptz not null,
  end_at      timestamptz not null check (end_at > start_at),
  status      text not null check (status in ('DRAFT', 'ACTIVE', 'PAUSED', 'ENDED')),
  rule_json   jsonb not null,
  actions     text[] not null,
  cohort      text,
  version     integer not null check (version > 0),
  revision    integer not null default 1,
  archived_at timestamptz,
  created_at  timestamptz not null default now(),
  created_by  text not null,
  updated_at  timestamptz not null default now()
);
create index campaigns_by_status on campaigns (tenant_id, status);
create index campaigns_by_rule on campaigns using gin (rule_json jsonb_path_ops);
comment on column campaigns.rule_json is 'The terms of the current version, whole';
comment on column campaigns.revision is 'Grows with every change, of the status too: the ETag';

-- Immutable: an incentive names the version that gave it.
create table campaign_versions (
  campaign_id uuid not null references campaigns,
  version     integer not null check (version > 0),
  tenant_id   text not null,
  terms       jsonb not null,
  created_at  timestamptz not null default now(),
  created_by  text not null,
  primary key (campaign_id, version)
);
create function refuse_campaign_version_change() returns trigger language plpgsql as $$
begin
  raise exception 'campaign_versions is append-only: % refused', tg_op using errcode = 'restrict_violation';
end $$;
create trigger campaign_versions_are_immutable
  before update or delete or truncate on campaign_versions
  for each statement execute function refuse_campaign_version_change();

-- What users did, with the decision of each campaign that uses the action. Never evaluated twice.
create table events (
  tenant_id      text not null,
  event_id       text not null,
  user_id        text not null,
  action_code    text not null,
  event_ts       timestamptz not null,
  payload        jsonb not null,
  extensions     jsonb,
  schema_version integer,
  decisions      jsonb not null,
  qualifications jsonb,
  cause          text not null,
  received_at    timestamptz not null default now(),
  reversed_at    timestamptz,
  primary key (tenant_id, event_id)
);
create index events_by_time on events (tenant_id, event_ts, event_id);
create index events_of_user on events (tenant_id, user_id, event_ts);
comment on column events.extensions is 'Fields beside the payload that no contract names, as they came';
comment on column events.decisions is 'One per campaign that asks for the action: stores/postgres/decision-rows.ts';
comment on column events.qualifications is 'What the user qualified for when it came, so that a redelivery says the same again; null: for nothing';

-- Events that were reversed before they arrived: they are not evaluated when they arrive.
create table early_reversals (
  tenant_id   text not null,
  event_id    text not null,
  cause       text not null,
  reversed_at timestamptz not null,
  recorded_at timestamptz not null default now(),
  primary key (tenant_id, event_id)
);

-- Steps of quests: an event that met one. Progress is a fold over them in event time; a changed rule begins anew.
create table user_aggregations (
  tenant_id    text not null,
  campaign_id  uuid not null,
  user_id      text not null,
  rule_key     text not null,
  event_id     text not null,
  step         integer not null check (step >= 0),
  action_code  text not null,
  completed_at timestamptz not null,
  incentive_id uuid,
  reversed_at  timestamptz,
  primary key (tenant_id, campaign_id, user_id, rule_key, completed_at, event_id, step)
);
comment on column user_aggregations.rule_key is 'Digest of the quest''s steps and time limit';
comment on column user_aggregations.completed_at is 'When the user did it: event time';
comment on column user_aggregations.incentive_id is 'The incentive it first helped to earn';
comment on column user_aggregations.reversed_at is 'Its event was taken back: it does not count';
create index user_aggregations_of_event on user_aggregations (tenant_id, event_id);

-- One row per user and quest, locked while its steps are added and counted.
create table quest_progress (
  tenant_id   text not null,
  campaign_id uuid not null,
  user_id     text not null,
  rule_key    text not null,
  completions integer not null default 0 check (completions >= 0),
  counted     integer not null default 0 check (counted >= completions),
  ended_at    timestamptz not null default '-infinity',
  ended_by    text not null default '',
  updated_at  timestamptz not null default now(),
  primary key (tenant_id, campaign_id, user_id, rule_key)
) with (fillfactor = 80);
comment on column quest_progress.completions is 'How many times the quest is done by the steps that count';
comment on column quest_progress.counted is 'The greatest number that a completion was given: each is given once, also where one was taken back';
comment on column quest_progress.ended_at is 'With ended_by the last event of the last completion: only what comes after it matters to the next';

-- The completions of quests that were rewarded, so that they can be reversed.
create table quest_completions (
  incentive_id     uuid primary key,
  tenant_id        text not null,
  campaign_id      uuid not null,
  user_id          text not null,
  rule_key         text not null,
  completion       integer not null check (completion > 0),
  campaign_version integer not null,
  event_id         text not null,
  reversed_at      timestamptz,
  unique (tenant_id, campaign_id, user_id, rule_key, completion)
);

create table coupon_pools (
  tenant_id  text not null references tenants,
  pool       text not null check (pool ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  pattern    text,
  created_at timestamptz not null default now(),
  created_by text not null,
  primary key (tenant_id, pool)
);
create table coupon_codes (
  tenant_id    text not null,
  pool         text not null,
  code         text not null check (code ~ '^[\x21-\x7e]{1,64}$'),
  code_no      bigint generated always as identity,
  incentive_id uuid unique,
  claimed_at   timestamptz,
  voided_at    timestamptz,
  primary key (tenant_id, code),
  foreign key (tenant_id, pool) references coupon_pools
);
create index coupon_codes_free on coupon_codes (tenant_id, pool, code_no) where incentive_id is null and voided_at is null;

-- The outcome of each qualification: issued, or refused by a cap. Refused ones are recorded, too, so that a redelivery has the
-- same outcome.
create table incentives (
  incentive_id     uuid primary key,
  tenant_id        text not null,
  user_id          text not null,
  campaign_id      uuid not null,
  campaign_version integer not null,
  event_id         text not null,
  type             text not null check (type in ('CASHBACK', 'POINTS', 'COUPON')),
  reward_currency  text,
  reward_amount    bigint not null check (reward_amount >= 0),
  program          text,
  coupon_code      text,
  status           text not null check (status in ('ISSUED', 'REFUSED', 'EXPIRED', 'REVERSED')),
  refused_by       jsonb,
  day              date not null,
  qualified_at     timestamptz not null,
  issued_at        timestamptz not null default now(),
  expires_at       timestamptz,
  ended_at         timestamptz,
  cause            text not null
);
create index incentives_of_user on incentives (tenant_id, user_id, issued_at desc);
create index incentives_of_campaign on incentives (tenant_id, campaign_id, issued_at);
create index incentives_of_event on incentives (tenant_id, event_id);
create index incentives_to_expire on incentives (tenant_id, expires_at) where status = 'ISSUED' and expires_at is not null;
comment on column incentives.reward_currency is 'POINTS, an ISO 4217 code whose minor units are counted, or null for a coupon';
comment on column incentives.day is 'The local day of the tenant on which it counts: that of qualified_at';
comment on column incentives.qualified_at is 'Event time; issued_at is when it was decided';
comment on column incentives.refused_by is 'The cap that said no, with what was used of it';

-- Events of incentives, published or not: published_at is null until an event is published.
create table incentive_event_log (
  tenant_id    text not null,
  incentive_id uuid not null references incentives,
  user_id      text not null,
  event        text not null check (event in ('generated', 'refused', 'expired', 'reversed')),
  recorded_at  timestamptz not null default now(),
  published_at timestamptz,
  primary key (incentive_id, event)
);
create index incentive_event_log_unpublished on incentive_event_log (recorded_at) where published_at is null;

-- How much of its caps a subject has used: a projection of its issued incentives, kept in the same transactions, so that a cap is exact.
create table limit_usage (
  tenant_id  text not null,
  subject    text not null,
  total      jsonb not null default '{"count": 0, "amounts": {}}',
  days       jsonb not null default '{}',
  version    bigint not null default 0,
  updated_at timestamptz not null default now(),
  primary key (tenant_id, subject)
) with (fillfactor = 70);
comment on column limit_usage.subject is 'tenant, user:<id>, campaign:<id> or campaign:<id>:user:<id>';
comment on column limit_usage.version is 'Grows with every change: the fence of the counters in Redis';

-- As cache_comparison does for balances: every subject is compared in the course of several runs.
create table counter_comparison (
  is_only_row boolean primary key default true check (is_only_row),
  tenant_id   text not null,
  subject     text not null
);
comment on table counter_comparison is 'The last subject whose counters were compared; no row: the next comparison begins at the first one';

alter table points_ledger
  drop constraint points_ledger_kind_check,
  add constraint points_ledger_kind_check check
    (kind in ('EARN', 'REVERSE', 'REVISE', 'RELEASE', 'EXPIRE', 'REDEEM', 'TRANSFER', 'ADJUST', 'REWARD', 'REVOKE'));

-- Attempts on another tenant's data are recorded in the change log, too, whether or not the tenant of the token exists here.
alter table audit_log drop constraint audit_log_tenant_id_fkey;
create index audit_log_of_tenant on audit_log (tenant_id, audit_no);
