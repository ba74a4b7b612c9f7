-- Tiers that the accounts of one customer have at least (docs/decisions/0067-tiers-of-merged-customers.md).

create table tier_grants (
  tenant_id   text not null,
  customer_id text not null,
  program     text not null,
  tier        text not null,
  since       timestamptz not null,
  until       timestamptz not null default 'infinity',
  primary key (tenant_id, customer_id, program, since),
  check (since < until)
);
comment on table tier_grants is
  'Which tier an account had at least and when, since other accounts of its customer deserve it: orders placed then are rated by it, and recomputed';

create function granted_tiers(of_tenant text, of_customer text, of_program text)
returns table (grants json) language sql stable rows 1 as $$
  select json_agg(json_build_object('tier', tier,
    'sinceMs', (extract(epoch from since) * 1000)::bigint,
    'untilMs', (extract(epoch from nullif(until, 'infinity')) * 1000)::bigint) order by since)
  from tier_grants where tenant_id = of_tenant and customer_id = of_customer and program = of_program
$$;
comment on function granted_tiers is 'The grants of an account in one row, in the order of time; null where it has none';
