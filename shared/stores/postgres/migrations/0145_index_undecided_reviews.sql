-- outside a transaction

create index concurrently if not exists record_links_undecided on record_links (tenant_id, probability desc, a, b)
  where band = 'REVIEW' and not decided;
drop index concurrently if exists record_links_to_review;
