-- outside a transaction
-- New events of incentives are read by number. The table grows in that order, so the smallest kind of index suffices.
create index concurrently if not exists incentive_event_log_by_number on incentive_event_log
  using brin (log_no) with (pages_per_range = 32, autosummarize = on);
