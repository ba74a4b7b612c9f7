import { register } from 'prom-client';
import { expect, it } from 'vitest';
import type { CloudEvent } from '#shared/eventing/cloud-event.ts';
import { ReconcileTick } from '#shared/eventing/contracts/ticks.ts';
import { parseData } from '#shared/runtime/events/event-handler.ts';
import { reconcileRewards } from '../handler.ts';
import { showMissing } from './show-missing.ts';

it('shows for each topic how many records are missing, and when it was compared', async () => {
  const comparedAt = new Date('2026-11-21T10:00:00Z');
  await showMissing({
    topicStates: () => Promise.resolve([{ topic: 'orders', missing: 3, comparedAt }]),
  });
  expect(await register.getSingleMetricAsString('guerdon_topic_records_missing')).toContain(
    'guerdon_topic_records_missing{topic="orders"} 3',
  );
  expect(
    await register.getSingleMetricAsString('guerdon_topic_compared_timestamp_seconds'),
  ).toContain(`{topic="orders"} ${comparedAt.getTime() / 1_000}`);
});

it('compares topics on its own tick, concurrently with a run of the others', async () => {
  let comparisons = 0;
  const [handler] = reconcileRewards({
    compareTopics: () => Promise.resolve((comparisons += 1)),
    exclusively: () => Promise.resolve('busy'),
  } as unknown as Parameters<typeof reconcileRewards>[0]);
  const event = { type: ReconcileTick.type, data: { topics: true } } as unknown as CloudEvent;
  expect(await handler?.handle([parseData(ReconcileTick, event)])).toEqual([
    { kind: 'done', domainEvents: [] },
  ]);
  expect(comparisons).toBe(1);
});
