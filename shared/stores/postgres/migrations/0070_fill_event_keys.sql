-- outside a transaction
-- Adds the keys of older events in small transactions, and builds what attaching the tables as partitions needs, without blocking writers.

do $$
declare
  last_tenant text := '';
  last_event text := '';
begin
  loop
    with batch as materialized (
      select tenant_id, event_id, received_at from events
      where (tenant_id, event_id) > (last_tenant, last_event) order by tenant_id, event_id limit 10000
    ), added as (
      insert into event_keys (tenant_id, event_id, received_at) select * from batch on conflict do nothing
    )
    select tenant_id, event_id into last_tenant, last_event from batch order by tenant_id desc, event_id desc limit 1;
    exit when not found;
    commit;
  end loop;
end $$;

alter table events validate constraint events_before_partitions;
alter table user_aggregations validate constraint user_aggregations_before_partitions;
alter table order_progress validate constraint order_progress_before_partitions;
alter table audit_log validate constraint audit_log_before_partitions;

create unique index concurrently if not exists events_key on events (tenant_id, event_id, received_at);
create unique index concurrently if not exists user_aggregations_key on user_aggregations
  (tenant_id, campaign_id, user_id, rule_key, completed_at, event_id, step, received_at);
create unique index concurrently if not exists order_progress_key on order_progress (tenant_id, order_id, progress, recorded_at);
create unique index concurrently if not exists audit_log_key on audit_log (audit_no, at);
