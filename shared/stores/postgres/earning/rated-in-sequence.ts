import type { Fragment } from 'postgres';
import type { Sql, Transaction } from '../driver/connect.ts';

/**
 * The programs in which the worth of an order depends on its customer's other orders, as rows of
 * tenant_id and program: those with tiers, carried remainders, or caps of a day or a month.
 */
export const ratedInSequence = (tx: Sql | Transaction): Fragment => tx`
  select tenant_id, program from tier_ladders where valid_from is not null
  union
  select tenant_id, program from earning_rules
  where valid_from is not null and rates_in_sequence(terms)`;
