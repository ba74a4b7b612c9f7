-- Keys of persons, and who was erased (docs/decisions/0056-erasing-personal-data.md).

create function person_digest(tenant_id text, person_id text) returns bytea
language sql stable parallel safe
return substr(sha256(convert_to(tenant_id || ' ' || person_id, 'UTF8')), 1, 16);
comment on function person_digest(text, text) is 'The first 128 bits of SHA-256 of a tenant, a blank and the id of its user or customer';

create table person_keys (
  tenant_id   text not null references tenants,
  person      bytea not null,
  wrapped_key text not null,
  created_at  timestamptz not null default now(),
  primary key (tenant_id, person)
) with (fillfactor = 80);
comment on table person_keys is 'A data key per person; deleting it makes everything unreadable that is encrypted with it';
comment on column person_keys.person is 'person_digest';
comment on column person_keys.wrapped_key is 'Encrypted with a master key: key id, nonce, ciphertext and tag (shared/runtime/secret-box.ts)';

-- Stores read this table in the transaction that writes personal data, so it has only its key.
create table erased_persons (
  tenant_id text not null references tenants,
  person    bytea not null,
  primary key (tenant_id, person)
);
comment on table erased_persons is 'Persons whose data is erased; nothing personal is stored about them again';

create table erasures (
  tenant_id    text not null,
  person       bytea not null,
  person_id    text,
  requested_by text not null,
  requested_at timestamptz not null default now(),
  swept_at     timestamptz,
  completed_at timestamptz,
  counts       jsonb not null default '{}',
  previous     bytea,
  proof        bytea,
  primary key (tenant_id, person),
  foreign key (tenant_id, person) references erased_persons,
  check (num_nulls(completed_at, proof) in (0, 2))
) with (fillfactor = 70);
create index erasures_open on erasures (requested_at) where completed_at is null;
create index erasures_completed on erasures (tenant_id, completed_at) where completed_at is not null;
comment on column erasures.person_id is 'The id itself until the erasure is completed';
comment on column erasures.swept_at is 'When the first sweep began: transactions that began before it may not have known of the erasure';
comment on column erasures.counts is 'How many rows were deleted or redacted, by table';
comment on column erasures.previous is 'The proof of the tenant''s erasure that was completed before; null: there is none';
comment on column erasures.proof is 'SHA-256 over previous and the row: shared/stores/postgres/privacy/erasure-proof.ts';

-- However members are added, erased persons are never among them. A statement that adds members sees the erasures committed
-- before it began.
create function remove_erased_members() returns trigger language plpgsql as $$
begin
  delete from cohort_members member using added
  where (member.tenant_id, member.customer_id, member.cohort, member.since)
      = (added.tenant_id, added.customer_id, added.cohort, added.since)
    and exists (
      select from erased_persons erased
      where erased.tenant_id = added.tenant_id and erased.person = person_digest(added.tenant_id, added.customer_id));
  return null;
end $$;
create trigger cohort_members_of_erased after insert on cohort_members
  referencing new table as added for each statement execute function remove_erased_members();
