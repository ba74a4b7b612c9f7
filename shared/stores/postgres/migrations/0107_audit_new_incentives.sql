-- The audit goes through new events of incentives, and adds them to sums of its own that usage is compared with.

create table usage_sums (
  tenant_id    text not null,
  subject      text not null,
  day          date not null,
  unit         text not null,
  count        bigint not null,
  amount       numeric not null,
  last_at      timestamptz not null,
  is_audit_due boolean not null,
  primary key (tenant_id, subject, day, unit)
) with (fillfactor = 80);
create index usage_sums_to_audit on usage_sums (tenant_id, subject, day, unit) where is_audit_due;
create index usage_sums_by_day on usage_sums (day) where day > '-infinity';
comment on table usage_sums is 'What incentives add up to by their events up to audit_position.audited_log; subjects, days and units as in limit_usage';
comment on column usage_sums.last_at is 'When the last incentive that counts was issued; -infinity where that was before the sums began';
comment on column usage_sums.is_audit_due is 'Whether it changed since it was compared';

alter table audit_position
  add column audited_log bigint not null default 0,
  add column settled_log bigint not null default 0,
  add column unsettled_log bigint,
  add column unsettled_log_writers text[];
update audit_position set incentives_on = null;
comment on column audit_position.incentives_on is 'The UTC day on which all incentives were audited; null: they are to be';
comment on column audit_position.audited_log is 'Events of incentives up to this number are in usage_sums, and were audited';
comment on column audit_position.settled_log is 'No transaction can add an event at or before this number any more';
comment on column audit_position.unsettled_log is 'Becomes the settled number when every transaction of unsettled_log_writers has ended';
