import { describe, expect, it } from 'vitest';
import { decideActivation, type Wish } from './decide-activation.ts';

const at = (time: string) => new Date(`2026-11-21T${time}Z`);
const now = at('12:00:00.000');
const draft = { version: 3, validFrom: undefined, validUntil: undefined, replacedAt: undefined };

const decide = (
  wish: Wish,
  {
    version = {},
    others = [],
  }: {
    version?: Partial<Record<keyof typeof draft, unknown>>;
    others?: { version: number; validFrom: Date }[];
  } = {},
) => decideActivation(wish, { version: { ...draft, ...version } as typeof draft, others, now });

describe('decideActivation of a draft', () => {
  it('lets it begin now where nothing else is wished', () => {
    expect(decide({})).toEqual({ kind: 'begin', validFrom: now, validUntil: undefined });
  });

  it('lets it begin and end when that is wished', () => {
    const wish = { validFrom: at('13:00:00.000'), validUntil: at('14:00:00.000') };
    expect(decide(wish)).toEqual({ kind: 'begin', ...wish });
  });

  it('takes an instant a minute ago, but none before it', () => {
    expect(decide({ validFrom: at('11:59:00.000') })).toMatchObject({ kind: 'begin' });
    expect(decide({ validFrom: at('11:58:59.999') })).toEqual({
      kind: 'refused',
      refusal: {
        reason: 'begins-too-early',
        detail: 'validFrom: must not be in the past, at 2026-11-21T12:00:00.000Z',
      },
    });
  });

  it('refuses an end that is not after the beginning', () => {
    expect(decide({ validUntil: now })).toMatchObject({ refusal: { reason: 'ends-too-early' } });
  });

  it('refuses the instant at which another version begins', () => {
    const others = [{ version: 2, validFrom: at('13:00:00.000') }];
    expect(decide({ validFrom: at('13:00:00.000') }, { others })).toMatchObject({
      refusal: {
        reason: 'begins-beside-another',
        detail: expect.stringContaining('Version 2') as string,
      },
    });
    expect(decide({ validFrom: at('13:00:00.001') }, { others })).toMatchObject({ kind: 'begin' });
  });
});

describe('decideActivation of a version that was activated', () => {
  const validFrom = at('09:00:00.000');
  const validUntil = at('15:00:00.000');

  it.each<[string, Wish, object]>([
    ['the same beginning, long past', { validFrom }, { validFrom }],
    ['the same dates', { validFrom, validUntil }, { validFrom, validUntil }],
    ['no beginning, while it is in force', {}, { validFrom }],
    ['a beginning still to come', { validFrom: validUntil }, { validFrom: validUntil }],
  ])('changes nothing for %s', (_what, wish, version) => {
    expect(decide(wish, { version })).toEqual({ kind: 'unchanged' });
  });

  it.each<[string, Wish, object]>([
    ['another beginning', { validFrom: now }, { validFrom }],
    ['another end', { validFrom, validUntil: now }, { validFrom, validUntil }],
    ['an end where there is none', { validFrom, validUntil }, { validFrom }],
    ['no end where there is one', { validFrom }, { validFrom, validUntil }],
    ['now, where it begins later', {}, { validFrom: validUntil }],
    ['now, where it was replaced', {}, { validFrom, replacedAt: at('11:00:00.000') }],
  ])('refuses %s', (_what, wish, version) => {
    expect(decide(wish, { version })).toMatchObject({ refusal: { reason: 'begun-differently' } });
  });
});
