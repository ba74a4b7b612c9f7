-- Old incentives, redemptions and refused refunds move to tables of their own, from which they are archived
-- (docs/decisions/0037-archiving-without-partitions.md). What later decisions need of them remains here.

create table archived_incentives (
  incentive_id uuid primary key,
  tenant_id    text not null,
  status       text not null,
  issued_at    timestamptz not null
);
comment on table archived_incentives is 'Ids of archived incentives, so that a redelivery is recognized for ever';

create table archived_usage (
  tenant_id text not null,
  subject   text not null,
  unit      text not null,
  count     bigint not null,
  amount    bigint not null,
  last_day  date not null,
  primary key (tenant_id, subject, unit)
) with (fillfactor = 70);
comment on table archived_usage is 'What archived incentives count for in limit_usage, so that an audit can add it';
comment on column archived_usage.last_day is 'No archived incentive of the subject counts on a later day';

create table archived_redemptions (
  tenant_id     text not null,
  redemption_id text not null,
  committed     bigint not null,
  created_at    timestamptz not null,
  primary key (tenant_id, redemption_id)
);
comment on table archived_redemptions is 'Ids of archived redemptions, so that none is spent twice';

alter table archived_partitions add column is_filling boolean not null default false;
comment on column archived_partitions.is_filling is 'Rows of a table without partitions still move into it';
