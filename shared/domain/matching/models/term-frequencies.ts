import type { Profile } from '../profile.ts';

/** How often parts of names and phone numbers occur. Rare ones are left out. */
export type TermFrequencies = Readonly<{
  records: number;
  names: ReadonlyMap<string, number>;
  phones: ReadonlyMap<string, number>;
}>;

/** A name that occurs less often may be a typing error of another. */
const commonNameFrom = 5;
/** Fewer records of a phone may all be of one customer or household. */
const commonPhoneFrom = 20;

/** Counts the terms of records; keeps names that occur 5 times at least, and phones 20 times. */
export const countTerms = (profiles: Iterable<Profile>): TermFrequencies => {
  const names = new Map<string, number>();
  const phones = new Map<string, number>();
  let records = 0;
  for (const { name = [], phone } of profiles) {
    records += 1;
    for (const { text } of name) names.set(text, (names.get(text) ?? 0) + 1);
    if (phone) phones.set(phone, (phones.get(phone) ?? 0) + 1);
  }
  return {
    records,
    names: commonOf(names, commonNameFrom),
    phones: commonOf(phones, commonPhoneFrom),
  };
};

const commonOf = (counts: ReadonlyMap<string, number>, from: number): ReadonlyMap<string, number> =>
  new Map([...counts].filter(([, count]) => count >= from));
