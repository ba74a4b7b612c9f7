import { describe, expect, it } from 'vitest';
import { decideActivation, type RequestedPeriod } from './activation.ts';

const at = (time: string) => new Date(`2026-11-21T${time}Z`);
const now = at('12:00:00.000');
/** The earliest instant by which every function knows the version. */
const soonest = at('12:05:00.000');
const draft = { version: 3, validFrom: undefined, validUntil: undefined, replacedAt: undefined };

const decide = (
  wish: RequestedPeriod,
  {
    version = {},
    others = [],
  }: {
    version?: Partial<Record<keyof typeof draft, unknown>>;
    others?: { version: number; validFrom: Date }[];
  } = {},
) => decideActivation(wish, { version: { ...draft, ...version } as typeof draft, others, now });

describe('decideActivation of a draft', () => {
  it('lets it begin in five minutes where nothing else is wished', () => {
    expect(decide({})).toEqual({ kind: 'begin', validFrom: soonest, validUntil: undefined });
  });

  it('lets it begin and end when that is wished', () => {
    const wish = { validFrom: at('13:00:00.000'), validUntil: at('14:00:00.000') };
    expect(decide(wish)).toEqual({ kind: 'begin', ...wish });
  });

  it('takes an instant five minutes from now, but none before it', () => {
    expect(decide({ validFrom: soonest })).toMatchObject({ kind: 'begin', validFrom: soonest });
    expect(decide({ validFrom: at('12:04:59.999') })).toEqual({
      kind: 'refused',
      refusal: {
        reason: 'begins-too-early',
        detail:
          'validFrom: must be 2026-11-21T12:05:00.000Z or later, so that every function can load it first',
      },
    });
    expect(decide({ validFrom: now })).toMatchObject({ refusal: { reason: 'begins-too-early' } });
  });

  it('refuses an end that is not after the beginning', () => {
    expect(decide({ validUntil: soonest })).toMatchObject({
      refusal: { reason: 'ends-too-early' },
    });
    const afterwards = new Date(soonest.getTime() + 1);
    expect(decide({ validUntil: afterwards })).toMatchObject({ kind: 'begin' });
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

  it.each<[string, RequestedPeriod, object]>([
    ['the same beginning, long past', { validFrom }, { validFrom }],
    ['the same dates', { validFrom, validUntil }, { validFrom, validUntil }],
    ['no beginning, while it is in force', {}, { validFrom }],
    ['no beginning, while it begins within five minutes', {}, { validFrom: soonest }],
    ['the same beginning, too soon for another', { validFrom: now }, { validFrom: now }],
    ['a beginning still to come', { validFrom: validUntil }, { validFrom: validUntil }],
  ])('changes nothing for %s', (_what, wish, version) => {
    expect(decide(wish, { version })).toEqual({ kind: 'unchanged' });
  });

  it.each<[string, RequestedPeriod, object]>([
    ['another beginning', { validFrom: now }, { validFrom }],
    ['another end', { validFrom, validUntil: now }, { validFrom, validUntil }],
    ['an end where there is none', { validFrom, validUntil }, { validFrom }],
    ['no end where there is one', { validFrom }, { validFrom, validUntil }],
    ['no beginning, where it begins later', {}, { validFrom: at('12:05:00.001') }],
    ['no beginning, where it was replaced', {}, { validFrom, replacedAt: at('11:00:00.000') }],
    ['no beginning, where it ended', {}, { validFrom, validUntil: at('11:00:00.000') }],
  ])('refuses %s', (_what, wish, version) => {
    expect(decide(wish, { version })).toMatchObject({ refusal: { reason: 'begun-differently' } });
  });
});
