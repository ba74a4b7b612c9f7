-- outside a transaction
-- Usage of days that no cap covers any longer is deleted, and completions of quests are archived with the incentives that they
-- earned.

create table if not exists usage_days (
  is_only_row boolean primary key default true check (is_only_row),
  kept_from   date not null default '-infinity'
);
insert into usage_days default values on conflict do nothing;
comment on column usage_days.kept_from is 'limit_usage may lack days before this one';
create index concurrently if not exists limit_usage_by_day on limit_usage (day) where day > '-infinity';

-- A reversal of an archived incentive is refused, so nothing looks up its completion.
delete from quest_completions using archived_incentives archived
where quest_completions.incentive_id = archived.incentive_id;
-- Tables to which rows were being moved when a run was killed lack a column: the next run creates new ones.
update archived_partitions set is_filling = false where is_filling;
