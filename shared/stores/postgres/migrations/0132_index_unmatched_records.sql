-- Records that matched no other are deleted after a period that their tenant sets (docs/customers.md).

create index customer_records_without_customer on customer_records (tenant_id, received_at) where customer_id is null;
