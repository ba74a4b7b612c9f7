-- Quests continue from where they were after their latest event, and late events from a checkpoint before them, however long the history is.

-- The state of quests after every n-th event, so that with a late event only later ones are counted again.
create table quest_checkpoints (
  tenant_id   text not null,
  campaign_id uuid not null,
  user_id     text not null,
  rule_key    text not null,
  at          timestamptz not null,
  event_id    text collate "C" not null,
  state       jsonb not null,
  primary key (tenant_id, campaign_id, user_id, rule_key, at, event_id)
);
comment on column quest_checkpoints.at is 'With event_id the last event that the checkpoint includes';
comment on column quest_checkpoints.state is 'shared/domain/quests/quest-checkpoint.ts';

alter table quest_progress add column head jsonb, drop column ended_at, drop column ended_by;
comment on column quest_progress.head is 'The checkpoint of the latest event; null: unknown, so the next event makes all steps be counted';
