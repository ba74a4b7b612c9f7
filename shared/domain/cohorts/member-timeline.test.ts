import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addSignal,
  type CohortSignal,
  type MemberTimeline,
  periodsOf,
  signalsMax,
} from './member-timeline.ts';

/** A user of whom nothing is known. */
const noSignals: MemberTimeline = { horizon: null, signals: [] };

const anySignal = (eventsMax: number): fc.Arbitrary<CohortSignal> =>
  fc
    .record({
      event: fc.nat(eventsMax - 1),
      at: fc.nat(40),
      lasts: fc.option(fc.integer({ min: 1, max: 15 }), { nil: null }),
      isRemoval: fc.boolean(),
    })
    .map(({ event, at, lasts, isRemoval }) =>
      isRemoval
        ? { eventId: `e-${event}`, at, kind: 'remove' }
        : { eventId: `e-${event}`, at, kind: 'add', until: lasts === null ? null : at + lasts },
    );

const timelineOf = (signals: readonly CohortSignal[]): MemberTimeline =>
  signals.reduce<MemberTimeline>((timeline, signal) => {
    const next = addSignal(timeline, signal);
    return next === 'late' ? timeline : next;
  }, noSignals);

const isIn = (periods: ReturnType<typeof periodsOf>, at: number): boolean =>
  periods.some(({ since, until }) => since <= at && (until === null || at < until));

/** By the definition: a signal added the user, is not over, and none removed the user since. */
const isMember = (signals: readonly CohortSignal[], at: number): boolean =>
  signals.some(
    (added) =>
      added.kind === 'add' &&
      added.at <= at &&
      (added.until === null || at < added.until) &&
      !signals.some((each) => each.kind === 'remove' && each.at >= added.at && each.at <= at),
  );

const instants = Array.from({ length: 60 }, (_, index) => index - 1);

describe('a timeline of a member', () => {
  it('has the same periods for any order and repetition of arrival', () => {
    fc.assert(
      fc.property(
        fc.array(anySignal(12), { maxLength: 40 }).chain((signals) =>
          fc.tuple(
            fc.constant(signals),
            fc.shuffledSubarray([...signals, ...signals, ...signals], {
              minLength: 3 * signals.length,
            }),
          ),
        ),
        ([signals, again]) => {
          expect(periodsOf(timelineOf(again).signals)).toEqual(
            periodsOf(timelineOf(signals).signals),
          );
        },
      ),
    );
  });

  it('is a member exactly while an action that added the user lasts and none removed the user since', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(anySignal(30), { selector: ({ eventId }) => eventId }),
        (signals) => {
          const periods = periodsOf(timelineOf(signals).signals);
          for (const at of instants) expect(isIn(periods, at)).toBe(isMember(signals, at));
        },
      ),
    );
  });

  it('keeps a bounded number of signals, and the same membership after its horizon', () => {
    const many = fc
      .uniqueArray(fc.tuple(fc.nat(400), anySignal(1)), {
        ...{ minLength: signalsMax + 1, maxLength: 3 * signalsMax },
        selector: ([at]) => at,
      })
      .map((signals) =>
        signals
          .map(([at, signal]) => ({ ...signal, eventId: `e-${at}`, at }))
          .sort((one, other) => one.at - other.at),
      );
    fc.assert(
      fc.property(many, (signals) => {
        const { horizon, signals: kept } = timelineOf(signals);
        expect(kept.length).toBeLessThanOrEqual(signalsMax);
        for (const { at } of signals.filter((each) => each.at > (horizon ?? 0)))
          expect(isIn(periodsOf(kept), at)).toBe(isMember(signals, at));
      }),
    );
  });

  it('takes no signal from before its horizon', () => {
    const added = Array.from({ length: signalsMax + 1 }, (_, index) => ({
      ...{ eventId: `e-${index}`, at: 100 + index, kind: 'add' as const, until: null },
    }));
    const timeline = timelineOf(added);
    expect(timeline.horizon).toBe(101);
    expect(addSignal(timeline, { eventId: 'late', at: 101, kind: 'remove' })).toBe('late');
    expect(periodsOf(timeline.signals)).toEqual([{ since: 100, until: null }]);
  });
});
