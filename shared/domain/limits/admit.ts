import type { RefusedCap } from './caps.ts';
import { demandsOf, refusal, usedOf } from './demand.ts';
import type { Countable, LimitClaim } from './limit-claim.ts';
import { noTally, noUsage, type Tally, type Usage } from './usage.ts';

/** Usage by subject. */
type Usages = ReadonlyMap<string, Usage>;

/** What a claim met: room in every cap, or the first cap without. */
export type Admission = Readonly<{ kind: 'admitted' } | ({ kind: 'refused' } & RefusedCap)>;

/**
 * Asks every cap of a claim, in their order, given the usage by subject; a subject that is not
 * there has used nothing. Changes nothing.
 */
export const admit = (
  usages: Usages,
  claim: Pick<LimitClaim, 'day' | 'amount' | 'caps'>,
): Admission => {
  for (const subjectCaps of claim.caps) {
    const usage = usages.get(subjectCaps.subject) ?? noUsage;
    const full = demandsOf(subjectCaps, claim).find(
      (demand) => usedOf(usage, demand) + demand.asked > demand.max,
    );
    if (full !== undefined) return { kind: 'refused', ...refusal(full, usedOf(usage, full)) };
  }
  return { kind: 'admitted' };
};

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
