-- Cohorts are listed, renamed and deleted. A deleted one keeps its name and its periods: past orders are rated with them.

alter table cohorts
  add column description text,
  add column revision integer not null default 1,
  add column deleted_at timestamptz;
comment on column cohorts.revision is 'Grows with every change of name, description or definition: the ETag';
comment on column cohorts.deleted_at is 'Its name is not used again, so that it never names other members';
