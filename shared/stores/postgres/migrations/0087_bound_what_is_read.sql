-- Pages of the change log by subject or by action read as many entries as they show. Writers of the change log wait while these
-- indexes are built.
create index audit_log_by_subject on audit_log (tenant_id, subject, audit_no);
create index audit_log_by_action on audit_log (tenant_id, action, audit_no);
-- archive-records deletes early reversals by age.
create index early_reversals_by_age on early_reversals (recorded_at);
