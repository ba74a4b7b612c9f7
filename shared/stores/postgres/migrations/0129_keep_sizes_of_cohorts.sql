-- The size of a large cohort, so that readers need not count millions of rows.

alter table cohorts
  add column size bigint,
  add column size_at timestamptz,
  add constraint cohorts_size_check check ((size is null) = (size_at is null));
comment on column cohorts.size is 'Members as of size_at, counted for a reader; null: never, or few';

alter table cohort_changes add column applied_at timestamptz;
comment on column cohort_changes.applied_at is 'When it was applied, before it took effect; null for those applied before this column';
