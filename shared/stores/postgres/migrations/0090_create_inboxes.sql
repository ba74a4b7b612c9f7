-- The inbox of each user: messages that were sent, or are to be sent, to the user's clients.

create table inboxes (
  tenant_id     text not null,
  user_id       text not null,
  last_position bigint not null default 0 check (last_position >= 0),
  read_through  bigint not null default 0 check (read_through between 0 and last_position),
  primary key (tenant_id, user_id)
) with (fillfactor = 80);
comment on column inboxes.last_position is 'Of the newest message; its row is locked while messages are appended, so that positions have no gaps';
comment on column inboxes.read_through is 'Messages up to this position are read, whatever their rows say';

create table inbox_messages (
  tenant_id   text not null,
  user_id     text not null,
  position    bigint not null check (position > 0),
  message_id  uuid not null,
  type        text not null,
  frame       json not null,
  occurred_at timestamptz not null,
  created_at  timestamptz not null default now(),
  is_read     boolean not null default false,
  primary key (tenant_id, user_id, position),
  unique (tenant_id, user_id, message_id)
);
comment on column inbox_messages.frame is 'What clients receive, without its id; json and not jsonb, so that they receive the same text always';
comment on column inbox_messages.occurred_at is 'Of the event. A message older than the inbox keeps is neither appended nor kept, so a redelivery after years appends nothing';
create index inbox_messages_by_age on inbox_messages (occurred_at);

-- Inboxes with messages that could not be published to Redis. Nothing is written here while Redis is available.
create table unpublished_inboxes (
  tenant_id text not null,
  user_id   text not null,
  position  bigint not null,
  noted_at  timestamptz not null default now(),
  primary key (tenant_id, user_id)
);
comment on column unpublished_inboxes.position is 'Once messages up to this one are published, the row is removed';
