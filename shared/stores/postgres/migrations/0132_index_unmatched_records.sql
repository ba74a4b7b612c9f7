-- Records that found no partner are deleted after a term of their tenant (docs/customers.md).

create index customer_records_without_customer on customer_records (tenant_id, received_at) where customer_id is null;
