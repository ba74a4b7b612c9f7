-- Records from two sources, and the customers to whom they belong (docs/decisions/0058-customers.md).

create table customers (
  customer_id     bigint generated always as identity primary key,
  tenant_id       text not null references tenants,
  founding_record bigint not null unique,
  merged_into     bigint references customers,
  details         text,
  name_phone      bytea,
  data_sources    text[] not null,
  first_seen      timestamptz not null,
  last_updated    timestamptz not null,
  created_at      timestamptz not null default now(),
  check (merged_into is null or details is null)
) with (fillfactor = 80);
create index customers_of_tenant on customers (tenant_id, customer_id) where merged_into is null;
create index customers_merged on customers (merged_into) where merged_into is not null;
create index customers_by_name_and_phone on customers (tenant_id, name_phone) where merged_into is null;
comment on table customers is 'People of whom both sources have records';
comment on column customers.founding_record is
  'The record that names the customer: whichever cluster has it is this customer, unless it also has the founding record of an older one';
comment on column customers.merged_into is 'The customer that has the founding record of this one now; it comes back when they are taken apart';
comment on column customers.details is
  'JSON, encrypted with the key of the person customer:<customer_id>: the newest name, phone, e-mail, address and card, and all variants of the name';
comment on column customers.name_phone is 'Keyed hash of the folded name and the phone; two customers have the same only if people keep them apart';

create table customer_records (
  record_no    bigint generated always as identity primary key,
  tenant_id    text not null references tenants,
  source       text not null check (source in ('dotnet', 'store')),
  record_id    text not null,
  account_id   text,
  changed_at   timestamptz not null,
  received_at  timestamptz not null default now(),
  content      bytea not null,
  details      text not null,
  block_keys   bigint[] not null,
  component    bigint not null,
  customer_id  bigint references customers,
  unique (tenant_id, source, record_id)
) with (fillfactor = 80);
create index customer_records_of_component on customer_records (component);
create index customer_records_of_customer on customer_records (customer_id) where customer_id is not null;
create index customer_records_of_account on customer_records (tenant_id, account_id) where account_id is not null;
comment on column customer_records.record_id is 'The id that its source gave it';
comment on column customer_records.account_id is 'customerId of orders and userId of actions, where the source knows it';
comment on column customer_records.changed_at is 'When the source changed it: an older change never replaces a newer one';
comment on column customer_records.content is 'Keyed hash of the details: a redelivery has the same';
comment on column customer_records.details is 'JSON, encrypted with the key of the person record:<source>:<record_id>';
comment on column customer_records.block_keys is 'Its rows in matching_blocks';
comment on column customer_records.component is
  'The least record_no of the records that links and decisions connect with it, directly or through others';
comment on column customer_records.customer_id is 'Null until its cluster has records of both sources';

create table matching_blocks (
  key       bigint not null,
  record_no bigint not null,
  primary key (key, record_no)
);
comment on table matching_blocks is 'Records are compared with those that share a key, and found by phone, e-mail and card';
comment on column matching_blocks.key is 'The first 63 bits of a keyed hash of the tenant and a blocking key';

create table record_links (
  tenant_id   text not null,
  a           bigint not null,
  b           bigint not null,
  band        text not null check (band in ('LINK', 'REVIEW')),
  probability double precision not null,
  score       jsonb not null,
  scored_at   timestamptz not null default now(),
  primary key (a, b),
  check (a < b)
);
create index record_links_of_b on record_links (b);
create index record_links_to_review on record_links (tenant_id, probability desc, a, b) where band = 'REVIEW';
comment on table record_links is 'Pairs of records that are linked, or that people are to review';
comment on column record_links.score is 'The model and what each field added, in bits: shared/domain/matching/score-pair.ts';

create table link_decisions (
  tenant_id  text not null,
  a          bigint not null,
  b          bigint not null,
  decided    text not null check (decided in ('SAME', 'DIFFERENT')),
  decided_by text not null,
  decided_at timestamptz not null default now(),
  reason     text not null default '',
  primary key (a, b),
  check (a < b)
);
create index link_decisions_of_b on link_decisions (b);
comment on table link_decisions is 'What people decided about pairs of records; scores never override it';
