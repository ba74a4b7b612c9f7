import { describe, expect, it } from 'vitest';
import { InvalidEvent, Unavailable } from '#shared/domain/errors.ts';
import { HttpProblem } from '../http/problem.ts';
import { createFailingEvents } from './serve-events.ts';

const bug = () => new TypeError('x is undefined');

describe('createFailingEvents', () => {
  it('gives up an event that fails for the third time while others are handled', () => {
    const { failed, succeeded } = createFailingEvents();
    expect(failed('e-1', bug())).toBeUndefined();
    succeeded(() => 'e-2');
    expect(failed('e-1', bug())).toBeUndefined();
    const error = bug();
    const refusal = failed('e-1', error);
    expect(refusal).toBeInstanceOf(InvalidEvent);
    expect(refusal).toMatchObject({ code: 'gave-up', cause: error });
    expect(refusal?.message).not.toContain('undefined');
  });

  it.each([
    ['an outage', new Unavailable('postgres', 'down')],
    ['a refusal', new InvalidEvent('order-conflict', 'no')],
    ['a caller who left', new HttpProblem(499, 'caller-left', 'left')],
  ])('never gives an event up because of %s', (_what, error) => {
    const { failed, succeeded } = createFailingEvents();
    for (let attempt = 0; attempt < 50; attempt += 1) {
      expect(failed('e-1', error)).toBeUndefined();
      succeeded(() => 'e-2');
    }
  });

  it('gives nothing up when every event fails, as with a bug in a release', () => {
    const { failed, succeeded } = createFailingEvents();
    for (let n = 0; n < 1_000; n += 1) succeeded(() => `before-${n}`);
    for (let attempt = 0; attempt < 40; attempt += 1)
      for (let n = 0; n < 100; n += 1) expect(failed(`e-${n}`, bug())).toBeUndefined();
  });

  it('gives nothing up while more events fail than are handled', () => {
    const { failed, succeeded } = createFailingEvents();
    for (let attempt = 0; attempt < 40; attempt += 1)
      for (let n = 0; n < 100; n += 1) expect(failed(`e-${n}`, bug())).toBeUndefined();
    for (let n = 0; n < 99; n += 1) succeeded(() => `other-${n}`);
    expect(failed('e-0', bug())).toBeUndefined();
    succeeded(() => 'other-99');
    expect(failed('e-0', bug())).toBeInstanceOf(InvalidEvent);
  });

  it('begins again with an event that was handled after all', () => {
    const { failed, succeeded } = createFailingEvents();
    for (let n = 0; n < 20; n += 1) {
      succeeded(() => 'e-2');
      expect(failed('e-1', bug())).toBeUndefined();
      expect(failed('e-1', bug())).toBeUndefined();
      succeeded(() => 'e-1');
    }
  });

  it('remembers no more events than allowed, the latest', () => {
    const { failed, succeeded } = createFailingEvents({ attemptsMax: 2, eventsMax: 2 });
    for (const key of ['a', 'b', 'c']) failed(key, bug());
    for (let n = 0; n < 5; n += 1) succeeded(() => 'other');
    expect(failed('c', bug())).toBeInstanceOf(InvalidEvent);
    expect(failed('a', bug())).toBeUndefined();
  });
});
