import { describe, expect, it } from 'vitest';
import { newLadder } from './document.ts';

const [silver, gold] = [
  { name: 'Silver', threshold: 1_000, multiplierBp: 11_000 },
  { name: 'Gold', threshold: 5_000, multiplierBp: 15_000 },
];

const terms = {
  metric: 'earned',
  currency: 'INR',
  window: { kind: 'rolling', days: 365 },
  tiers: [silver, gold],
  graceDays: 30,
  downgrade: 'one-level',
  noticeDays: 14,
};

const issues = (change: object): readonly string[] =>
  (newLadder.safeParse({ terms: { ...terms, ...change } }).error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );

describe('newLadder', () => {
  it.each([
    {},
    { window: { kind: 'lifetime' } },
    { window: { kind: 'calendar-year' }, metric: 'spend', downgrade: 'never', graceDays: 0 },
    { tiers: [{ ...silver, name: 'Très élégant' }] },
  ])('accepts terms unchanged: %j', (change) => {
    const saved = { ...terms, ...change };
    expect(newLadder.parse({ terms: saved })).toEqual({ terms: saved });
  });

  it.each<[what: string, change: object, misfit: string]>([
    ['another metric', { metric: 'visits' }, 'terms.metric: must be earned or spend'],
    ['no currency', { currency: 'rupee' }, 'terms.currency: must be an ISO 4217 code such as INR'],
    [
      'another window',
      { window: { kind: 'week' } },
      'terms.window.kind: must be lifetime, rolling or calendar-year',
    ],
    [
      'a window of no days',
      { window: { kind: 'rolling', days: 0 } },
      'terms.window.days: must be a whole number from 1 to 366',
    ],
    ['a ladder without tiers', { tiers: [] }, 'terms.tiers: must be a list of 1 to 20'],
    ['no list of tiers', { tiers: undefined }, 'terms.tiers: is missing'],
    [
      'tiers that stand still',
      { tiers: [silver, { ...gold, threshold: 1_000 }] },
      'terms.tiers.1.threshold: must be above 1000',
    ],
    [
      'tiers that descend',
      { tiers: [gold, silver] },
      'terms.tiers.1.threshold: must be above 5000',
    ],
    [
      'a tier for nothing',
      { tiers: [{ ...silver, threshold: 0 }] },
      'terms.tiers.0.threshold: must be a whole number of at least 1',
    ],
    [
      'two tiers of one name',
      { tiers: [silver, { ...gold, name: 'Silver' }] },
      'terms.tiers.1.name: duplicates an earlier entry',
    ],
    [
      'a tier without a name',
      { tiers: [{ ...silver, name: '' }] },
      'terms.tiers.0.name: must be 1 to 64 characters on one line',
    ],
    [
      'a name with a line break',
      { tiers: [{ ...silver, name: 'Sil\nver' }] },
      'terms.tiers.0.name: must be 1 to 64 characters on one line',
    ],
    [
      'a name that JSON in Postgres cannot hold',
      { tiers: [{ ...silver, name: 'S\u0000' }] },
      'terms.tiers.0.name: must be 1 to 64 characters on one line',
    ],
    [
      'a name with half a character',
      { tiers: [{ ...silver, name: 'S\ud800' }] },
      'terms.tiers.0.name: must be 1 to 64 characters on one line',
    ],
    [
      'a tier beyond a hundredfold',
      { tiers: [{ ...silver, multiplierBp: 1_000_001 }] },
      'terms.tiers.0.multiplierBp: must be a whole number from 1 to 1000000',
    ],
    [
      'grace below nothing',
      { graceDays: -1 },
      'terms.graceDays: must be a whole number from 0 to 3650',
    ],
    [
      'another downgrade',
      { downgrade: 'all' },
      'terms.downgrade: must be never, one-level or to-metric',
    ],
    [
      'notice of years',
      { noticeDays: 366 },
      'terms.noticeDays: must be a whole number from 0 to 365',
    ],
    ['a field that there is not', { grace: 3 }, 'terms: has no field grace'],
    [
      'a field of a tier that there is not',
      { tiers: [{ ...silver, colour: 'grey' }] },
      'terms.tiers.0: has no field colour',
    ],
  ])('refuses %s, with its path', (_what, change, issue) => {
    expect(issues(change)).toEqual([issue]);
  });
});
