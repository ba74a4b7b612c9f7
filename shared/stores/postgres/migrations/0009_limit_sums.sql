-- Sums stay exact as numbers (domain/sum-limit.ts). Points that are released move from pending to points, so both count together.
-- Not validated for existing rows, which must be read to be repaired.
alter table points_balances add constraint points_balances_are_exact check (
  points between -9000000000000000 and 9000000000000000
  and points + pending between -9000000000000000 and 9000000000000000
  and lifetime between -9000000000000000 and 9000000000000000) not valid;
alter table points_lots add constraint points_lots_are_exact check (
  points between -9000000000000000 and 9000000000000000 and expired <= 9000000000000000) not valid;
