-- Rotating the key of the blind index while records arrive (docs/decisions/0066-rotating-the-blind-index.md).

create table index_keys (
  tenant_id      text primary key references tenants,
  current_key    text not null,
  next_key       text,
  is_contracting boolean not null default false,
  check (next_key is null or not is_contracting)
);
comment on table index_keys is
  'By which key of BLIND_INDEX_KEYS a tenant''s records are found; without a row by the last one';
comment on column index_keys.next_key is 'While it is set, records are stored under this key, too';
comment on column index_keys.is_contracting is 'Whether records may still be stored under the key before as well';

alter table customer_records add column next_keys bigint[], add column next_content bytea;
comment on column customer_records.next_keys is
  'Block keys by the other key while keys are rotated: by the next one, or, once that is current, what block_keys will be';
comment on column customer_records.next_content is 'content by the key of next_keys';

create or replace function forget_customer_record() returns trigger language plpgsql as $$
begin
  delete from matching_blocks
  where record_no = old.record_no and key = any(old.block_keys || coalesce(old.next_keys, '{}'));
  delete from record_links where a = old.record_no or b = old.record_no;
  delete from link_decisions where a = old.record_no or b = old.record_no;
  delete from person_keys where tenant_id = old.tenant_id
    and person = person_digest(old.tenant_id, 'record:' || old.source || ':' || old.record_id);
  update customers set details = null, name_phone = null
  where customer_id = old.customer_id and num_nonnulls(details, name_phone) > 0;
  return null;
end $$;
