-- Events from before entitlements were introduced have a list of qualifications: each becomes an entitlement with one choice.
update events set qualifications = (
  select jsonb_agg(jsonb_build_object('priority', 100, 'choices', jsonb_build_array(qualification)) order by place)
  from jsonb_array_elements(qualifications) with ordinality as each (qualification, place))
where qualifications is not null and not qualifications -> 0 ? 'choices';

comment on column events.qualifications is
  'What the event entitled its user to when it came, so that a redelivery publishes the same; null: to nothing';
