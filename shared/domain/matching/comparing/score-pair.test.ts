import { describe, expect, it } from 'vitest';
import { blockingKeys, blockingKeysMax } from '../blocking-keys.ts';
import { defaultModel, problemOfModel } from '../models/matching-model.ts';
import { countTerms } from '../models/term-frequencies.ts';
import type { Profile } from '../profile.ts';
import { bandOf, type PairScore, scoreComparison, scorePair } from './score-pair.ts';

const nameOf = (...parts: readonly string[]) =>
  parts.map((text) => ({ text, spelling: text, sound: text.toUpperCase() }));
const anil: Profile = {
  ...{ recordId: 'd-1', source: 'dotnet', name: nameOf('anil', 'sharma') },
  ...{ phone: '+919845012345', email: 'anil@sharma.in', card: 'token', document: 'A1234567' },
  ...{ birthDate: '1980-02-03', address: ['1', 'mg', 'rd'], postcode: '560001' },
};
const inStore = (other: Partial<Profile> = {}): Profile => ({
  ...{ recordId: 's-1', source: 'store', name: anil.name, phone: anil.phone },
  ...other,
});
const score = (other: Partial<Profile>): PairScore =>
  scorePair([anil, inStore(other)], defaultModel);

describe('scorePair', () => {
  it('links the same name and phone, and explains the probability field by field', () => {
    const { priorBits, parts, probability, model } = score({});
    expect(model).toBe('default-1');
    expect(bandOf(probability, defaultModel)).toBe('link');
    expect(parts.map(({ field, level }) => `${field} ${level}`)).toEqual([
      'name exact',
      'phone exact',
    ]);
    const bits = parts.reduce((sum, part) => sum + part.bits, priorBits);
    expect(Math.log2(probability / (1 - probability))).toBeCloseTo(bits, 9);
  });

  it('is neutral about what a record lacks', () => {
    const without = score({});
    const unknown = score({ email: undefined, card: undefined });
    expect(unknown).toEqual(without);
  });

  it('keeps a family apart, however many details of the household they share', () => {
    const { email, card, address, postcode } = anil;
    const sunita = { name: nameOf('sunita', 'sharma'), email, card, address, postcode };
    expect(bandOf(score(sunita).probability, defaultModel)).toBe('apart');
    expect(score(sunita).parts.filter(({ bits }) => bits > 0)).toHaveLength(1);
  });

  it('asks people about a phone that agrees where the name is missing', () => {
    expect(bandOf(score({ name: undefined, email: anil.email }).probability, defaultModel)).toBe(
      'review',
    );
  });

  it('counts a phone less that many have, and a name that is common', () => {
    const others = Array.from(
      { length: 5_000 },
      (_, number): Profile => ({
        ...{ recordId: `s-${number}`, source: 'store', phone: anil.phone },
        name: nameOf(number % 2 ? 'anil' : `n${number}`, number % 3 ? 'sharma' : `f${number}`),
      }),
    );
    const frequencies = countTerms([...others, anil]);
    const among = scorePair([anil, inStore()], defaultModel, frequencies);
    expect(among.probability).toBeLessThan(0.01);
    expect(bandOf(among.probability, defaultModel)).toBe('apart');
    const bits = ({ parts }: PairScore) => parts.map((part) => part.bits);
    const alone = bits(score({}));
    expect(bits(among).every((counted, index) => counted < (alone[index] ?? 0))).toBe(true);
  });
});

describe('scoreComparison', () => {
  it('never scores a better level of a field lower', () => {
    const of = (field: 'name' | 'address', level: 'exact' | 'near' | 'close' | 'differs') =>
      scoreComparison({ [field]: level }, defaultModel).probability;
    for (const field of ['name', 'address'] as const) {
      const ranked = (['exact', 'near', 'close', 'differs'] as const).map((level) =>
        of(field, level),
      );
      expect(ranked).toEqual(ranked.toSorted((a, b) => b - a));
    }
  });
});

describe('blockingKeys', () => {
  it('finds a record by each identifier and by its sound at a place, within a bound', () => {
    const long = { ...anil, name: nameOf('anil', 'kumar', 'rao', 'sharma', 'iyer', 'b') };
    const keys = blockingKeys(long);
    expect(keys).toHaveLength(blockingKeysMax);
    expect(new Set(keys).size).toBe(blockingKeysMax);
    expect(keys).toEqual(expect.arrayContaining(['phone +919845012345', 'sound ANIL k tail 2345']));
    expect(blockingKeys({ recordId: 's-1', source: 'store', name: anil.name })).toEqual([]);
  });

  it('finds a mistyped, abbreviated or reversed name at a place, but not each namesake there', () => {
    const keysOf = (parts: readonly string[], further: Partial<Profile> = {}) =>
      blockingKeys({ recordId: 's-1', source: 'store', name: nameOf(...parts), ...further });
    const shared = (further: Partial<Profile>, ...parts: readonly string[]) =>
      keysOf(['anil', 'sharma'], further).filter((key) => keysOf(parts, further).includes(key));
    const among = { postcode: '560001', phone: '+919845012345' };
    for (const parts of [
      ['anxl', 'sharma'],
      ['a', 'sharma'],
      ['sharma', 'anil'],
      ['anil', 's'],
    ])
      expect(shared({ postcode: '560001', email: 'a@b.in' }, ...parts)).not.toEqual([
        'email a@b.in',
      ]);
    const namesake = keysOf(['ravi', 'sharma'], { ...among, phone: '+919700000000' });
    expect(keysOf(['anil', 'sharma'], among).filter((key) => namesake.includes(key))).toEqual([]);
    expect(shared({ postcode: '560001' }, 'ravi', 'sharma')).toEqual(['sound SHARMA post 560001']);
  });
});

describe('problemOfModel', () => {
  it('accepts the default, and names what makes a model unusable', () => {
    expect(problemOfModel(defaultModel)).toBeUndefined();
    const broken = (change: object) => problemOfModel({ ...defaultModel, ...change });
    expect(broken({ prior: 0 })).toContain('prior');
    expect(broken({ linkFrom: 0.4 })).toContain('reviewFrom');
    const { fields } = defaultModel;
    expect(broken({ fields: { ...fields, card: { exact: { match: 1, other: 1 } } } })).toContain(
      'card',
    );
    const shares = { exact: { match: 0.9, other: 0.1 }, differs: { match: 0.2, other: 0.9 } };
    expect(broken({ fields: { ...fields, card: shares } })).toBe('fields.card must add up to 1');
  });
});
