-- Lists of millions of members: what each staged row costs. Almost half of the processor time of an insert was the lookup of its change, one
-- per row. Members are staged under the lock of their change, and a change is removed only after all that it staged.
alter table cohort_staged_members drop constraint cohort_staged_members_change_id_fkey;
