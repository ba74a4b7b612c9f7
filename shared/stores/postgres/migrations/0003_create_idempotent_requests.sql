-- Requests with an Idempotency-Key: claimed while they are processed, then stored with their answer for a day.

create table idempotent_requests (
  tenant_id    text not null,
  subject      text not null,
  key          text not null check (length(key) between 1 and 255),
  fingerprint  text not null,
  claim_id     uuid not null default gen_random_uuid(),
  claimed_at   timestamptz not null default now(),
  completed_at timestamptz,
  status       integer check (status between 200 and 499),
  headers      jsonb,
  body         text,
  primary key (tenant_id, subject, key),
  check (num_nulls(completed_at, status, headers, body) in (0, 4))
) with (fillfactor = 80);
create index idempotent_requests_by_age on idempotent_requests (claimed_at);
comment on column idempotent_requests.subject is 'Who calls, as their token says: keys are theirs and nobody else''s';
comment on column idempotent_requests.fingerprint is 'SHA-256 of the request, to tell it from another under the same key';
comment on column idempotent_requests.claim_id is 'Changes when a claim is taken over, so that who lost it can no longer complete it';
