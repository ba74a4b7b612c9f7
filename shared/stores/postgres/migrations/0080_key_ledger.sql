-- Prepares the partitioning of points_ledger (0081 and 0082 do it). The previous version keeps working.

create function ledger_key(tenant_id text, program text, kind text, cause_id text) returns uuid
language sql stable parallel safe
return encode(substr(sha256(convert_to(tenant_id || ' ' || program || ' ' || kind || ' ' || cause_id, 'UTF8')), 1, 16), 'hex')::uuid;
comment on function ledger_key(text, text, text, text) is
  'The first 128 bits of SHA-256 of the business key of an entry; only cause_id may have blanks';

-- The key of an entry is kept forever, even when the entry is archived.
create table ledger_keys (
  key         uuid primary key,
  entry_no    bigint not null,
  recorded_at timestamptz not null,
  customer_id text not null
);
comment on table ledger_keys is 'Every effect that was ever booked, so that none is booked twice; docs/decisions/0035';
comment on column ledger_keys.customer_id is 'With entry_no finds the entry by the index of its customer, in the partition of recorded_at';

create trigger ledger_keys_is_append_only
  before update or delete or truncate on ledger_keys
  for each statement execute function refuse_ledger_change();

-- Until 0082: adds keys of entries that are recorded while 0081 adds those of older ones.
create function add_ledger_keys() returns trigger language plpgsql as $$
begin
  insert into ledger_keys (key, entry_no, recorded_at, customer_id)
  select ledger_key(tenant_id, program, kind, cause_id), entry_no, recorded_at, customer_id from booked;
  return null;
end $$;
create trigger points_ledger_adds_keys after insert on points_ledger
  referencing new table as booked for each statement execute function add_ledger_keys();

select bound_before_partitioning('points_ledger', 'recorded_at');
