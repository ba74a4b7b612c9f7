import { describe, expect, it } from 'vitest';
import { correlationOf } from '#shared/eventing/cloud-event.ts';
import { outgoingEvent } from '#shared/eventing/domain-event.ts';
import { correlationOfRequest } from './request-correlation.ts';

const record = {
  ...{
    id: 'partition:0/offset:7',
    source: '/kafka#tenant-events',
    type: 'dev.knative.kafka.event',
  },
  ...{ time: '2026-11-21T10:15:00.042Z', extensions: {}, data: {} },
};
const domainEvent = {
  ...{ id: 'f-1', type: 'guerdon.test.v1', topic: 'test', partitionKey: 'k', tenantId: 't' },
  ...{ time: new Date('2026-11-20T00:00:00Z'), data: {} },
};

it('the time of the record reaches every event that follows from it', () => {
  const first = outgoingEvent({ ...domainEvent, ...correlationOf(record) });
  expect(first).toMatchObject({ startedat: record.time, time: '2026-11-20T00:00:00.000Z' });
  const received = { ...record, time: first.time, extensions: { startedat: record.time } };
  expect(outgoingEvent({ ...domainEvent, ...correlationOf(received) })).toMatchObject({
    startedat: record.time,
  });
});

const valid = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('the traceparent of an event and of a request', () => {
  it.each([
    [valid, valid],
    ['00-ab-cd-01', undefined],
    [valid.toUpperCase(), undefined],
    [`${valid}-more`, undefined],
    [valid.replace(/^00/, 'ff'), undefined],
    [valid.replace('4bf92f3577b34da6a3ce929d0e0e4736', '0'.repeat(32)), undefined],
    [valid.replace('00f067aa0ba902b7', '0'.repeat(16)), undefined],
    ['', undefined],
  ])('of %j is passed on as %j', (traceparent, passedOn) => {
    const event = { id: '1', source: '/test', type: 'x', data: {}, extensions: { traceparent } };
    expect(correlationOf(event)).toEqual({ correlationId: '/test 1', traceparent: passedOn });
    expect(correlationOfRequest({ headers: { traceparent } }).traceparent).toBe(passedOn);
  });
});
