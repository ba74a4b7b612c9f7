-- Notifications to phones of users whom no socket reached.

create table push_devices (
  tenant_id     text not null,
  token         text not null,
  user_id       text not null,
  platform      text not null check (platform in ('android', 'ios')),
  registered_at timestamptz not null default now(),
  primary key (tenant_id, token)
);
comment on column push_devices.token is 'Names one app on one phone; whoever registers it last receives its notifications';
create index push_devices_of_user on push_devices (tenant_id, user_id, registered_at);

create table push_preferences (
  tenant_id   text not null,
  user_id     text not null,
  preferences jsonb not null,
  primary key (tenant_id, user_id)
);

create table mobile_pushes (
  tenant_id   text not null,
  user_id     text not null,
  message_id  uuid not null,
  frame       json not null,
  occurred_at timestamptz not null,
  due_at      timestamptz not null default now(),
  attempts    integer not null default 0,
  sent_at     timestamptz,
  ended_at    timestamptz,
  primary key (tenant_id, user_id, message_id)
);
comment on column mobile_pushes.due_at is 'When to try next; whoever takes a push moves it into the future first, so that a pod that dies is followed by another';
comment on column mobile_pushes.ended_at is 'When it was sent or dropped; the row stays while its event may be redelivered as news';
create index mobile_pushes_due on mobile_pushes (due_at) where ended_at is null;
create index mobile_pushes_sent on mobile_pushes (tenant_id, user_id, sent_at) where sent_at is not null;
create index mobile_pushes_by_age on mobile_pushes (occurred_at);
