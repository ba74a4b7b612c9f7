-- What people changed, and the order in which a cohort's members are listed.

create table audit_log (
  audit_no  bigint generated always as identity primary key,
  tenant_id text not null references tenants,
  at        timestamptz not null default now(),
  subject   text not null,
  action    text not null,
  resource  text not null,
  request   text,
  before    jsonb,
  after     jsonb
);
create index audit_log_of_request on audit_log (tenant_id, request) where request is not null;
create index audit_log_of_resource on audit_log (tenant_id, resource, audit_no);
comment on column audit_log.subject is 'Who did it: the subject of their token';
comment on column audit_log.resource is 'The path of what was changed, from the tenant on';
comment on column audit_log.request is 'The Idempotency-Key of what made something new, after its subject: the same request finds what it made';
comment on column audit_log.before is 'Null for what did not exist before';

create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'audit_log is append-only: % refused', tg_op using errcode = 'restrict_violation';
end $$;

create trigger audit_log_is_append_only
  before update or delete or truncate on audit_log
  for each statement execute function refuse_audit_change();

create index cohort_members_by_cohort on cohort_members (tenant_id, cohort, customer_id, since);
