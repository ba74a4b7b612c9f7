-- The index of the review queue excludes decided pairs: reading past them costs time for each of them.

alter table record_links add column decided boolean not null default false;
comment on column record_links.decided is
  'Whether people decided about the pair, kept by triggers: the queue of pairs to review has it in its index';

create function mark_decided_link() returns trigger language plpgsql as $$
begin
  new.decided := exists (select from link_decisions where a = new.a and b = new.b);
  return new;
end
$$;
create trigger mark_decided_link before insert or update of band on record_links
  for each row when (new.band = 'REVIEW') execute function mark_decided_link();

create function mark_link_of_decision() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    update record_links set decided = false where a = old.a and b = old.b;
  else
    update record_links set decided = true where a = new.a and b = new.b;
  end if;
  return null;
end
$$;
create trigger mark_link_of_decision after insert or delete on link_decisions
  for each row execute function mark_link_of_decision();

update record_links link set decided = true from link_decisions decision
where decision.a = link.a and decision.b = link.b;
