import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldName, foldText } from './fold-name.ts';
import { areForms, spellingKey } from './name-variants.ts';

const fold = (name: string): string => foldName(name).join(' ');

describe('foldName', () => {
  it('ignores case, marks, width, punctuation and titles, and keeps the order', () => {
    expect(fold('Dr. José D’Souza')).toBe('jose dsouza');
    expect(fold('  SHRI  Ｒａｊｅｓｈ   KUMAR-Verma ')).toBe('rajesh kumar verma');
    expect(fold('Łukasz Strauß')).toBe('lukasz strauss');
    expect(fold('Mr.')).toBe('');
  });

  it('writes names of every Indic script as people write them in Latin letters', () => {
    const written = {
      ...{ 'रमेश शर्मा': 'ramesh sharma', 'लक्ष्मी नारायण': 'lakshmi narayan', कमलेश: 'kamlesh' },
      ...{ 'प्रियंका चोपड़ा': 'priyanka chopra', नरेंद्र: 'narendra', 'ज्ञानेश सिंह': 'gyanesh sinh' },
      ...{ 'अनिल कुमार गुप्ता': 'anil kumar gupta', ज़ोया: 'zoya', दुःख: 'duhkh' },
      ...{ 'সুমন দাস': 'suman das', ਮਨਜੀਤ: 'manjit', 'રાજેશ પટેલ': 'rajesh patel' },
      ...{
        ରମେଶ: 'ramesha',
        முருகன்: 'murukan',
        వెంకటేశ్: 'venkatesh',
        ಮಂಜುನಾಥ: 'manjunatha',
        രമേശൻ: 'rameshan',
      },
    };
    expect(Object.fromEntries(Object.keys(written).map((name) => [name, fold(name)]))).toEqual(
      written,
    );
  });

  it('reads a bounded part of a hostile name', () => {
    const folded = foldName(`${'x'.repeat(1_000_000)} ${'ab '.repeat(1_000_000)}`);
    expect(folded).toEqual(['x'.repeat(32)]);
    expect(foldName('a b c d e f g h')).toHaveLength(6);
  });
});

describe('foldText', () => {
  it('folds plain text as it does within other text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 100 }), (text) => {
        expect(`${foldText(text)}e`).toBe(foldText(`${text}é`));
      }),
    );
  });
});

describe('spellingKey', () => {
  it('is one for the usual spellings of a name, and differs for other names', () => {
    const same = (...names: readonly string[]) => new Set(names.map(spellingKey)).size === 1;
    expect(same('deepak', 'dipak')).toBe(true);
    expect(same('lakshmi', 'laxmi', 'lakshmee')).toBe(true);
    expect(same('shweta', 'sveta', 'shveta')).toBe(true);
    expect(same('kishore', 'kishor', 'kishora')).toBe(true);
    expect(same('philip', 'filip')).toBe(true);
    for (const [one, other] of [
      ['ramesh', 'rajesh'],
      ['anil', 'sunil'],
      ['sita', 'gita'],
    ] as const)
      expect(same(one, other)).toBe(false);
  });
});

describe('areForms', () => {
  it('knows short and other forms, but not two formal names with one short form', () => {
    const forms = (a: string, b: string) => areForms(spellingKey(a), spellingKey(b));
    expect(forms('bob', 'robert')).toBe(true);
    expect(forms('mohd', 'muhammad')).toBe(true);
    expect(forms('raju', 'rajesh') && forms('raju', 'rajendra')).toBe(true);
    expect(forms('rajesh', 'rajendra')).toBe(false);
    expect(forms('anil', 'sunil')).toBe(false);
  });
});
