-- The models by which the records of a tenant are matched (docs/decisions/0060-matching-models.md).

create table matching_models (
  tenant_id    text not null references tenants,
  version      integer not null check (version > 0),
  model        jsonb not null,
  frequencies  text,
  summary      jsonb not null,
  created_by   text not null,
  created_at   timestamptz not null default now(),
  activated_at timestamptz,
  is_active    boolean not null default false,
  primary key (tenant_id, version),
  check (activated_at is not null or not is_active)
);
create unique index matching_models_active on matching_models (tenant_id) where is_active;
comment on table matching_models is
  'Versions of what scores a tenant''s pairs of records; without an active one the default model does';
comment on column matching_models.model is 'Shares and thresholds: shared/domain/matching/matching-model.ts';
comment on column matching_models.frequencies is
  'JSON of common names and phones, encrypted with the key of the person matching-model:<version>';
comment on column matching_models.summary is 'What it was trained on, or which version it was made from';
