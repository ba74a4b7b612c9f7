import { assert } from '../assert.ts';
import type { Countable } from './limit-claim.ts';
import { firstKeptDay, noTally, noUsage, type Tally, type Usage } from './usage.ts';

type Usages = ReadonlyMap<string, Usage>;
type Counted = Pick<Countable, 'day' | 'amount' | 'subjects'>;

/** The usage of each of its subjects once an incentive counts for them, each a version on; of other subjects nothing. */
export const count = (usages: Usages, incentive: Counted): Usages => change(usages, incentive, 1);

/** The usage of each of its subjects once an incentive that was counted counts no more, each a version on. */
export const uncount = (usages: Usages, incentive: Counted): Usages =>
  change(usages, incentive, -1);

type Sign = 1 | -1;

const change = (usages: Usages, incentive: Counted, sign: Sign): Usages =>
  new Map(
    Object.values(incentive.subjects).map((subject) => [
      subject,
      changeUsage(usages.get(subject) ?? noUsage, incentive, sign),
    ]),
  );

const changeUsage = (usage: Usage, { day, amount }: Counted, sign: Sign): Usage => ({
  total: add(usage.total, amount, sign),
  days: changeDays(usage.days, { day, amount }, sign),
  version: usage.version + 1,
});

const changeDays = (
  days: Usage['days'],
  { day, amount }: Pick<Counted, 'day' | 'amount'>,
  sign: Sign,
): Usage['days'] => {
  const standing = days[day];
  if (standing !== undefined) return { ...days, [day]: add(standing, amount, sign) };
  // A day that was dropped is not begun anew by what is taken back.
  return sign === 1 ? keepNewest({ ...days, [day]: add(noTally, amount, sign) }) : days;
};

const add = (tally: Tally, amount: Countable['amount'], sign: Sign): Tally => {
  const sum = { count: tally.count + sign, amounts: { ...tally.amounts } };
  if (amount !== undefined)
    sum.amounts[amount.unit] = (sum.amounts[amount.unit] ?? 0) + sign * amount.value;
  assert(
    Object.values(sum.amounts).every((value) => value >= 0) && sum.count >= 0,
    'no more is taken back than was counted',
  );
  return sum;
};

const keepNewest = (days: Usage['days']): Usage['days'] => {
  const first = firstKeptDay(days);
  return Object.fromEntries(Object.entries(days).filter(([day]) => day >= first));
};
