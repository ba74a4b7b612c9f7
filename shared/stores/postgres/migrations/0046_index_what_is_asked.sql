-- Lists of incentives are read by status, newest first; each status is a range of these indexes, however rare it is.
create index incentives_by_status on incentives (tenant_id, status, issued_at desc, incentive_id desc);
create index incentives_of_campaign_by_status on incentives (tenant_id, campaign_id, status, issued_at desc, incentive_id desc);
create index incentives_of_user_by_status on incentives (tenant_id, user_id, status, issued_at desc, incentive_id desc);
drop index incentives_of_campaign;
drop index incentives_of_user;

-- No query uses these: campaigns are found by tenant and status, events by id or time, and refunds by order.
drop index campaigns_by_rule;
drop index events_of_user;
drop index refunds_waiting;
