-- Uploads and recomputations stage the members of a cohort, and then take effect at one instant.

alter table cohorts
  drop constraint cohorts_kind_check,
  add constraint cohorts_kind_check check (kind in ('STATIC', 'DYNAMIC')),
  add column definition jsonb,
  add column version integer not null default 0,
  add column due_at timestamptz,
  add column recomputed_at timestamptz,
  add constraint cohorts_definition_check check ((kind = 'DYNAMIC') = (definition is not null));
create index cohorts_due on cohorts (due_at) where due_at is not null and deleted_at is null;
comment on column cohorts.definition is 'Of a dynamic cohort: {"predicate", "everyHours"}';
comment on column cohorts.version is 'Grows with every upload and recomputation that became effective';
comment on column cohorts.recomputed_at is 'As of when the members of a dynamic cohort were last computed';

create table cohort_changes (
  change_id    uuid primary key,
  tenant_id    text not null references tenants,
  cohort_id    uuid not null references cohorts,
  kind         text not null check (kind in ('UPLOAD', 'RECOMPUTATION')),
  mode         text not null check (mode in ('ADD', 'REPLACE')),
  status       text not null default 'STAGING' check (status in ('STAGING', 'READY', 'APPLIED', 'DISCARDED')),
  rows_read    bigint not null default 0,
  rows_refused bigint not null default 0,
  through      text not null default '',
  as_of        timestamptz not null,
  created_at   timestamptz not null default now(),
  created_by   text not null,
  touched_at   timestamptz not null default now(),
  version      integer,
  effective_at timestamptz,
  added        bigint,
  removed      bigint,
  size         bigint,
  is_swept     boolean not null default false
);
create unique index cohort_changes_recomputing on cohort_changes (cohort_id)
  where kind = 'RECOMPUTATION' and status in ('STAGING', 'READY');
create index cohort_changes_of_cohort on cohort_changes (cohort_id, created_at);
create index cohort_changes_by_age on cohort_changes (is_swept, touched_at);
comment on column cohort_changes.rows_read is 'Of an upload: the rows of its file that were read; of a recomputation: the users';
comment on column cohort_changes.through is 'The last user that a recomputation has considered';
comment on column cohort_changes.is_swept is 'Nothing of it is staged any more';

create table cohort_staged_members (
  change_id   uuid not null references cohort_changes,
  customer_id text not null,
  primary key (change_id, customer_id)
);
create table cohort_refused_rows (
  change_id uuid not null references cohort_changes,
  row_no    bigint not null,
  reason    text not null,
  primary key (change_id, row_no)
);
comment on column cohort_refused_rows.row_no is 'The first row of the file is 1';
