-- From here on functions of the previous version cannot count incentives, and answer 503 until they are replaced. Reversed usage
-- is a negative count in any free row, so a single row may be below zero; the sum of the rows never is.
alter table limit_usage drop constraint limit_usage_pkey;
alter table limit_usage add constraint limit_usage_pkey primary key using index limit_usage_by_slot;
alter table limit_usage drop constraint limit_usage_is_exact;
alter table limit_usage add constraint limit_usage_is_exact check (amount between -9000000000000000 and 9000000000000000) not valid;
comment on column limit_usage.slot is 'Which of the rows that add up: 0 under the lock of the subject and for usage of one user, else one that no other transaction writes';
