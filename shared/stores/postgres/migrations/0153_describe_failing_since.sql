-- Failures that are a day apart are not one failure.

comment on column webhooks.failing_since is 'First failure since the last success, or since a day without attempts; null after a success';
