-- Phones that a notification has reached, so that further attempts are for the user's other phones only.

alter table mobile_pushes add column sent_to text[] not null default '{}';
comment on column mobile_pushes.sent_to is 'Tokens of the phones that got it while another phone of the user failed';
