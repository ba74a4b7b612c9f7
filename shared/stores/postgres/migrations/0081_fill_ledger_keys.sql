-- outside a transaction
-- Adds the keys of older entries in small transactions, in the order of the table's pages, without blocking writers. After an
-- interruption, it begins again and skips existing keys.

do $$
declare
  pages constant bigint := 500;
  page bigint := 0;
begin
  while page * current_setting('block_size')::bigint < pg_relation_size('points_ledger') loop
    insert into ledger_keys (key, entry_no, recorded_at, customer_id)
    select ledger_key(tenant_id, program, kind, cause_id), entry_no, recorded_at, customer_id from points_ledger
    where ctid >= format('(%s,0)', page)::tid and ctid < format('(%s,0)', page + pages)::tid
    on conflict (key) do nothing;
    commit;
    page := page + pages;
  end loop;
end $$;

-- Both counts are of one moment.
do $$
begin
  if (select count(*) from points_ledger) <> (select count(*) from ledger_keys) then
    raise exception 'each entry of points_ledger must have its own key in ledger_keys';
  end if;
end $$;

alter table points_ledger validate constraint points_ledger_before_partitions;
