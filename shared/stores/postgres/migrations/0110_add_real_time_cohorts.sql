-- Cohorts whose members join and leave by their own actions. Their periods begin with the action, so orders, which must be rated
-- the same whenever that happens, never read them.

alter table cohorts
  drop constraint cohorts_kind_check,
  add constraint cohorts_kind_check check (kind in ('STATIC', 'DYNAMIC', 'REAL_TIME')),
  add column rules jsonb,
  add constraint cohorts_rules_check check ((kind = 'REAL_TIME') = (rules is not null));
comment on column cohorts.rules is 'Of a real-time cohort: {"add", "remove", "forSeconds"}';

create table real_time_members (
  tenant_id   text not null,
  customer_id text not null,
  cohort      text not null,
  periods     tstzmultirange not null,
  horizon     bigint,
  signals     jsonb not null,
  primary key (tenant_id, customer_id, cohort)
);
create index real_time_members_by_cohort on real_time_members (tenant_id, cohort, customer_id);
comment on column real_time_members.periods is 'Computed from signals: bounded, so that a user who joins and leaves all day takes no more';
comment on column real_time_members.signals is 'The newest actions that added or removed the user; those up to the horizon are folded into one';
comment on column real_time_members.horizon is 'Milliseconds since 1970: actions up to here change nothing any more';
