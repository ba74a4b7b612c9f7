-- What the active campaigns of a tenant cost each action, so that activating one can be refused, and when any of them last
-- changed, so that a cache can be revalidated without reading them.

alter table campaigns add column clause_costs jsonb not null default '{}';
comment on column campaigns.clause_costs is
  'Units that its clauses cost at most, by action; set when it is activated, and by new terms while it is active';

alter table tenants add column campaigns_revision bigint not null default 0;
comment on column tenants.campaigns_revision is 'Grows with every change of its campaigns and of the schemas of its actions';

create function bump_campaigns_revision() returns trigger language plpgsql as $$
begin
  update tenants set campaigns_revision = campaigns_revision + 1
  where tenant_id in (select tenant_id from changed);
  return null;
end $$;
create trigger campaigns_inserted after insert on campaigns
  referencing new table as changed for each statement execute function bump_campaigns_revision();
create trigger campaigns_updated after update on campaigns
  referencing new table as changed for each statement execute function bump_campaigns_revision();
create trigger actions_inserted after insert on actions
  referencing new table as changed for each statement execute function bump_campaigns_revision();
