-- Columns whose names are older than the words of the code (docs/decisions/0062-names-in-the-database.md).

comment on column campaign_sets.engine is 'Version of the code that evaluates: shared/domain/campaigns/decided-by.ts';
comment on table campaign_sets is 'The campaigns that events were evaluated against, in their order, each with its version';
comment on column events.campaign_set is 'The campaigns that it was evaluated against; null: every decision is in decisions';
comment on column events.judged_at is 'When it was evaluated, by the clock of the pod';
comment on column points_balances.judged_together is 'Whether its orders are rated together, because they depend on each other';
comment on column outbox.fact is 'The domain event';
comment on column outbox.fact_id is 'The id of the domain event';

create or replace function refuse_order_alone() returns bigint language plpgsql as $$
begin
  raise exception 'the orders of this account are rated together' using errcode = 'GU001';
end $$;
