-- Erasing and exporting read the events of one user. Functions that record events wait while the index is built, and answer 503 if that takes
-- longer than their deadline: their records are retried.
create index events_of_user on events (tenant_id, user_id);
