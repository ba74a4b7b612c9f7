-- Each change of a customer is a separate event, identified by the customer's new version (docs/decisions/0058-customers.md).

alter table customers add column version bigint not null default 1;
comment on column customers.version is 'Counts what changed: records, details, or what it is merged into';
