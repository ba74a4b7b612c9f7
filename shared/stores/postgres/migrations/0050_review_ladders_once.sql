-- Accounts are reviewed once under a new version of their ladder, from where the last review stopped.

create table ladder_reviews (
  tenant_id      text not null,
  program        text not null,
  version        integer not null,
  after_customer text not null,
  ended_at       timestamptz,
  primary key (tenant_id, program, version),
  foreign key (tenant_id, program, version) references tier_ladders
);
comment on table ladder_reviews is 'How far the review of a program''s accounts under a version of its ladder has come';
