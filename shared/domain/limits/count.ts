import type { Countable } from './limit-claim.ts';
import { noTally, noUsage, type Tally, type Usage } from './usage.ts';

type Usages = ReadonlyMap<string, Usage>;
type Counted = Pick<Countable, 'day' | 'amount' | 'subjects'>;

/**
 * The usage of each of its subjects once an incentive counts for them; of other subjects nothing.
 */
export const count = (usages: Usages, { day, amount, subjects }: Counted): Usages =>
  new Map(
    Object.values(subjects).map((subject) => {
      const { total, days, version } = usages.get(subject) ?? noUsage;
      const onDay = add(days[day] ?? noTally, amount);
      return [subject, { total: add(total, amount), days: { ...days, [day]: onDay }, version }];
    }),
  );

const add = ({ count: before, amounts }: Tally, amount: Countable['amount']): Tally => ({
  count: before + 1,
  amounts:
    amount === undefined
      ? amounts
      : { ...amounts, [amount.unit]: (amounts[amount.unit] ?? 0) + amount.value },
});
