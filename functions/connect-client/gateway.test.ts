import { pino } from 'pino';
import { expect, it } from 'vitest';
import type { InboxUser } from '#shared/domain/inbox/inbox-message.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { limitShape } from './config.ts';
import { Gateway, heartbeatParts } from './gateway.ts';

it('checks a part of the connections at a time, and each of them once in a heartbeat', async () => {
  const compared: string[] = [];
  const beats = new Map<string, number>();
  const gateway = new Gateway({
    inboxes: {
      newestOf: ({ userId }: InboxUser) => {
        compared.push(userId);
        return Promise.resolve(0);
      },
      after: () => Promise.resolve([]),
    },
    openChannel: () => ({
      // Never done, so that only heartbeats read positions.
      subscribe: () => Promise.withResolvers<undefined>().promise,
      unsubscribe: () => undefined,
      isSubscribed: () => true,
      close: () => Promise.resolve(),
    }),
    limits: readConfig(limitShape, {}),
    log: pino({ level: 'silent' }),
  });
  const users = Array.from({ length: 3 * heartbeatParts }, (_, number) => `u-${number}`);
  const admitted = users.map((userId) =>
    gateway.admit({
      user: { tenantId: 'acme', userId },
      expiresAt: undefined,
      lastPosition: undefined,
      transport: {
        name: 'websocket',
        send: () => undefined,
        bufferedBytes: () => 0,
        heartbeat: () => void beats.set(userId, (beats.get(userId) ?? 0) + 1),
        close: () => undefined,
      },
    }),
  );
  for (let beat = 1; beat <= heartbeatParts; beat += 1) {
    await gateway.beat();
    expect(compared).toHaveLength(3 * beat);
  }
  expect([...beats.keys()].sort()).toEqual([...users].sort());
  expect(new Set(beats.values())).toEqual(new Set([1]));
  expect([...compared].sort()).toEqual([...users].sort());
  for (const each of admitted) each?.left();
});
