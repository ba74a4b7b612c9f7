-- outside a transaction
-- Usage of a subject that many users share may be in several rows, so that batches that decide by none of its caps can add to it
-- concurrently.
alter table limit_usage add column if not exists slot smallint not null default 0;
create unique index concurrently if not exists limit_usage_by_slot on limit_usage (tenant_id, subject, day, unit, slot);
