import { expect, it } from 'vitest';
import { byConnection } from './by-connection.ts';

/** An action that was due at 0, recorded at 20 and arrived at 400. */
const action = (eventId: string, lostAtMs: number, openedAtMs: number) => ({
  ...{ eventId, lostAtMs, openedAtMs },
  dueAtMs: 0,
  frameAtMs: 400,
});

it('separates actions whose clients had no connection when the message was recorded', () => {
  const actions = [
    action('opened before', -100, -50),
    action('lost before, opened after', 10, 300),
    action('lost afterwards', 30, 300),
  ];
  const times = new Map(actions.map(({ eventId }) => [eventId, [1, 2, 3, 4, 5, 20]]));
  expect(byConnection(actions, times)).toMatchObject({
    connected: { actions: 2, p99: 400 },
    away: { actions: 1, p99: 400 },
    sinceOpened: { actions: 1, p99: 100 },
  });
});
