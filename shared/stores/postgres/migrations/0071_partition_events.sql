-- Events, quest steps, order progress and the change log become partitioned; the existing tables become their first partitions.

drop trigger events_claim_keys on events;
drop function claim_event_keys();

-- Partitions share the numbers of the table.
alter table audit_log alter column audit_no drop identity;

select partition_by_month('events', 'received_at', 'events_key');
select partition_by_month('user_aggregations', 'received_at', 'user_aggregations_key');
select partition_by_month('order_progress', 'recorded_at', 'order_progress_key');
select partition_by_month('audit_log', 'at', 'audit_log_key');

create sequence audit_log_audit_no_seq as bigint owned by audit_log.audit_no;
select setval('audit_log_audit_no_seq', (select coalesce(max(audit_no), 0) + 1 from audit_log), false);
alter table audit_log alter column audit_no set default nextval('audit_log_audit_no_seq');

-- A function that records an event claims its key first and takes received_at from it. A version that does not gets an error that
-- it retries until it is replaced: it would record events twice.
create function refuse_unclaimed_event() returns timestamptz language plpgsql as $$
begin
  raise exception 'received_at of an event is that of its key' using errcode = 'cannot_connect_now';
end $$;
alter table events alter column received_at set default refuse_unclaimed_event();
