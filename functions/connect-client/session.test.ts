import { pino } from 'pino';
import { register } from 'prom-client';
import { expect, it, vi } from 'vitest';
import type { SentFrame } from '#shared/domain/inbox/inbox-message.ts';
import { replaysTotal } from './metrics.ts';
import { Session } from './session.ts';

/** How many frames were measured, and how many of them took a minute at most. */
const measured = async () => {
  const metrics = await register.getMetricsAsJSON();
  const { values = [] } = metrics.find(({ name }) => name === 'guerdon_frame_seconds') ?? {};
  const at = (le: string | number) =>
    values.find(({ labels }) => labels['le'] === le)?.value ?? NaN;
  return { within: at(60), all: at('+Inf') };
};

/** A frame whose record is so many hours old. */
const frameAt = (position: number, hours: number): SentFrame => ({
  position,
  text: `frame ${position}`,
  cause: {
    correlationId: `app ${position}`,
    startedAt: new Date(Date.now() - hours * 3_600_000).toISOString(),
  },
});

it('measures each frame that an open connection waited for, and logs it under its correlation id', async () => {
  register.resetMetrics();
  const [inbox, texts, logged]: [SentFrame[], string[], string[]] = [[], [], []];
  const session = new Session({
    user: { tenantId: 'acme', userId: 'c-1' },
    transport: {
      name: 'websocket',
      send: (text, _id, written) => {
        texts.push(text);
        written?.();
      },
      bufferedBytes: () => 0,
      heartbeat: () => undefined,
      close: () => undefined,
    },
    readAfter: (_user, after) => Promise.resolve(inbox.filter(({ position }) => position > after)),
    limits: { BUFFERED_BYTES_MAX: 1, HEARTBEAT_SECONDS: 25 },
    log: pino({ level: 'debug' }, { write: (line) => logged.push(line) }),
  });
  const sent = (count: number) => vi.waitFor(() => expect(texts).toHaveLength(1 + count), 60_000);

  // Their client was not connected: the time of its absence is not measured.
  inbox.push(frameAt(1, 0), frameAt(2, 0));
  session.start({ recovered: true, position: 0 }, 2);
  await sent(2);
  expect(await measured()).toEqual({ within: 0, all: 0 });

  session.receive(frameAt(3, 2));
  expect(await measured()).toEqual({ within: 0, all: 1 });

  inbox.push(frameAt(4, 0));
  session.reach(4);
  await sent(4);
  expect(await measured()).toEqual({ within: 1, all: 2 });

  expect((await replaysTotal.get()).values).toMatchObject([
    { labels: { reason: 'resume' }, value: 1 },
    { labels: { reason: 'gap' }, value: 1 },
  ]);
  const correlated = logged.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(correlated.map(({ correlationId }) => correlationId)).toEqual([
    'app 1',
    'app 2',
    'app 3',
    'app 4',
  ]);
});
