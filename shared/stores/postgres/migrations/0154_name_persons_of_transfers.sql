-- outside a transaction
-- `from` and `to` are customers in events of transfers, but tiers in events of tiers: once a customer
-- with the name of a tier was erased, changes of that tier were not delivered.
create or replace function delivery_persons(body text) returns text[]
language sql immutable parallel safe as $$
  select array_remove(
    array[data ->> 'userId', data ->> 'customerId'] ||
      case when data ->> 'transferId' is not null then array[data ->> 'from', data ->> 'to'] end,
    null)
  from (select body::json -> 'data') event (data)
$$;
create index concurrently if not exists webhook_deliveries_about_persons on webhook_deliveries
  using gin (delivery_persons(body)) where kind = 'EVENT';
drop index concurrently if exists webhook_deliveries_of_persons;
