-- Most orders do not change the days of an account, so days are a separate column: an unchanged one is not written again.
alter table earning_accounts add column days json;
alter table earning_checkpoints add column days json;
alter table earning_borders add column days json;
-- Read with each order, and faster to read and to write than compressed (docs/decisions/0053-days-of-an-account.md).
alter table earning_accounts alter column days set storage external;
comment on column earning_accounts.days is 'shared/domain/earning/earning-history.ts, in differences; null: state has days, of the version before';
comment on column earning_checkpoints.days is 'As in earning_accounts';
comment on column earning_borders.days is 'As in earning_accounts';
