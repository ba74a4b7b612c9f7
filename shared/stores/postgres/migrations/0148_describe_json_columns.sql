-- Comments name what a column contains, not the file that reads it: files move.

comment on column earning_checkpoints.state is 'The account after one of its orders';
comment on column record_links.score is 'The model and what each field added, in bits';
comment on column matching_models.model is 'Shares of each level of agreement, and thresholds';
