-- points_lots contains only open lots, and columns that change when points are spent are in none of its indexes, so that spending
-- is a heap-only update. A lot is deleted when it is empty. How much of it expired is stored separately, because a refund does
-- not reverse expired points again. Functions of the previous version read points_lots.expired: stop award-points, check-limit,
-- expire-rewards, wallet-api and reconcile-rewards first.

create table lapsed_lots (
  tenant_id   text not null,
  customer_id text not null,
  program     text not null,
  lot_id      uuid not null,
  points      bigint not null,
  expires_at  timestamptz not null,
  primary key (tenant_id, customer_id, program, lot_id),
  constraint lapsed_lots_are_exact check (points <= 9000000000000000)
) with (fillfactor = 90);
comment on table lapsed_lots is 'Points that expired, by the lot that they were in; read only to take points back';

insert into lapsed_lots (tenant_id, customer_id, program, lot_id, points, expires_at)
select tenant_id, customer_id, program, lot_id, expired, expires_at from points_lots where expired <> 0;

delete from points_lots where points = 0 and reserved = 0;
alter table points_lots
  drop constraint points_lots_are_exact,
  drop column expired,
  add constraint points_lots_are_exact check (points between -9000000000000000 and 9000000000000000) not valid;

drop index points_lots_to_expire;
drop index points_lots_to_release;
create index points_lots_to_expire on points_lots (tenant_id, expires_at) where account = 'available';
create index points_lots_to_release on points_lots (tenant_id, available_at)
  where account = 'pending' and available_at is not null;
