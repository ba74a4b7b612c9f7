-- Reduces the cost of each row when millions of records are matched. Looking up the tenant of each row, and queueing that lookup,
-- took a twelfth of Postgres's time. match-customer has read the tenant before, and tenants are never deleted.
alter table customer_records drop constraint customer_records_tenant_id_fkey;
alter table customers drop constraint customers_tenant_id_fkey;
alter table person_keys drop constraint person_keys_tenant_id_fkey;
