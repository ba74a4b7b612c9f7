-- Between two changes of a cohort its members are the same, so caches need the instants of changes. Triggers record them,
-- whatever changes members.

create table cohort_instants (
  tenant_id text not null,
  cohort    text not null,
  at        timestamptz not null,
  primary key (tenant_id, cohort, at)
);
create index cohort_instants_by_age on cohort_instants (at);
comment on table cohort_instants is 'When periods of members begin or end; those long past are removed';

create function note_cohort_instants() returns trigger language plpgsql as $$
begin
  insert into cohort_instants
  select tenant_id, cohort, since from changed union
  select tenant_id, cohort, until from changed where until < 'infinity'
  order by 1, 2, 3
  on conflict do nothing;
  return null;
end $$;
create trigger cohort_members_added after insert on cohort_members
  referencing new table as changed for each statement execute function note_cohort_instants();
create trigger cohort_members_changed after update on cohort_members
  referencing new table as changed for each statement execute function note_cohort_instants();

insert into cohort_instants
select tenant_id, cohort, since from cohort_members union
select tenant_id, cohort, until from cohort_members where until < 'infinity'
order by 1, 2, 3;
