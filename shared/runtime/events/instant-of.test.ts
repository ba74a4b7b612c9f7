import { describe, expect, it } from 'vitest';
import { instantOf } from './event-handler.ts';

const at = (time: string) => new Date(`2026-11-21T${time}Z`);
const now = at('12:00:00.000');

const read = (stated: string | undefined, time?: string, clock = now) =>
  instantOf(stated === undefined ? undefined : at(stated), { event: { time } as never }, clock);

describe('instantOf', () => {
  it('takes what the producer states, else the time of the record, else now', () => {
    expect(read('10:00:00.000', '2026-11-21T11:00:00Z')).toEqual(at('10:00:00.000'));
    expect(read(undefined, '2026-11-21T11:00:00Z')).toEqual(at('11:00:00.000'));
    expect(read(undefined)).toEqual(now);
  });

  it.each([
    ['a minute ahead of the record', '11:01:00.000', '2026-11-21T11:00:00Z', '11:01:00.001'],
    ['a minute ahead of our clock, without a record', '12:01:00.000', undefined, '12:01:00.001'],
    ['so of a record ahead of our clock', '12:04:00.000', '2026-11-21T12:03:00Z', '12:04:00.001'],
    ['however far the record is ahead', '12:04:00.000', '2062-11-21T12:00:00Z', '12:04:00.001'],
  ])('takes an instant %s, and none later', (_what, latest, time, later) => {
    expect(read(latest, time)).toEqual(at(latest));
    expect(read(later, time)).toMatchObject({
      code: 'occurred-in-future',
      message: `It is dated ${at(later).toISOString()}, after ${at(latest).toISOString()}: the latest for a record of ${new Date(time ?? now).toISOString()}, read at ${now.toISOString()}`,
    });
  });

  it('takes from a redelivery what it took the first time', () => {
    expect(read('11:01:00.001', '2026-11-21T11:00:00Z')).toMatchObject({
      code: 'occurred-in-future',
    });
    expect(read('11:01:00.000', '2026-11-21T11:00:00Z', at('23:00:00.000'))).toEqual(
      at('11:01:00.000'),
    );
  });

  it('takes a good order while the clocks of pods are three minutes apart', () => {
    expect(read('12:00:00.000', '2026-11-21T12:00:00Z', at('11:57:00.000'))).toEqual(now);
    expect(read('12:00:00.000', '2026-11-21T12:00:00Z', at('12:03:00.000'))).toEqual(now);
  });

  it.each([['noon'], ['1969-12-31T23:59:59Z'], ['9999-12-31T23:59:59-12:00'], ['']])(
    'refuses a record of %j',
    (time) => {
      expect(read('10:00:00.000', time)).toMatchObject({ code: 'invalid-time' });
      expect(read(undefined, time)).toMatchObject({ code: 'invalid-time' });
    },
  );
});
