import { expect, it } from 'vitest';
import { outgoingEvent } from '#shared/eventing/outgoing-event.ts';
import { correlationOf } from './correlation.ts';

const record = {
  ...{
    id: 'partition:0/offset:7',
    source: '/kafka#tenant-events',
    type: 'dev.knative.kafka.event',
  },
  ...{ time: '2026-11-21T10:15:00.042Z', extensions: {}, data: {} },
};
const fact = {
  ...{ id: 'f-1', type: 'guerdon.test.v1', topic: 'test', partitionKey: 'k', tenantId: 't' },
  ...{ time: new Date('2026-11-20T00:00:00Z'), data: {} },
};

it('the time of the record reaches every event that follows from it', () => {
  const first = outgoingEvent({ ...fact, ...correlationOf(record) });
  expect(first).toMatchObject({ startedat: record.time, time: '2026-11-20T00:00:00.000Z' });
  const received = { ...record, time: first.time, extensions: { startedat: record.time } };
  expect(outgoingEvent({ ...fact, ...correlationOf(received) })).toMatchObject({
    startedat: record.time,
  });
});
