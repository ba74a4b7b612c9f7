-- A tenant's defaults for the phones of users who stored no preferences.

alter table tenants add column push_defaults jsonb;
comment on column tenants.push_defaults is 'Null: those of the platform (shared/domain/inbox/plan-push.ts)';
