-- outside a transaction
-- Erasing finds the webhook deliveries about a person.
create or replace function delivery_persons(body text) returns text[]
language sql immutable parallel safe as $$
  select array_remove(array[data ->> 'userId', data ->> 'customerId', data ->> 'from', data ->> 'to'], null)
  from (select body::json -> 'data') event (data)
$$;
comment on function delivery_persons(text) is
  'The users and customers that an event is about; immutable as far as it is called, since every body is JSON that we wrote';
create index concurrently if not exists webhook_deliveries_of_persons on webhook_deliveries
  using gin (delivery_persons(body)) where kind = 'EVENT';
