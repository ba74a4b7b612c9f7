import { Kafka } from 'cloudevents';
import { describe, expect, it } from 'vitest';
import { PointsAwarded } from '../contracts/points-events.ts';
import { domainEventOf, outgoingEvent } from '../domain-event.ts';
import { toKafkaMessage } from './kafka-publisher.ts';

const domainEvent = domainEventOf(PointsAwarded, {
  cause: ['acme', 'o-1'],
  partitionKey: 'c-1007',
  time: new Date('2026-11-21T10:15:00Z'),
  data: PointsAwarded.example,
});

describe('toKafkaMessage', () => {
  it.each([
    ['alone', domainEvent],
    ['with a correlation', { ...domainEvent, correlationId: 'shop 7', traceparent: '00-ab-cd-01' }],
  ])('writes the headers that the SDK writes: an event %s', (_what, one) => {
    const { headers } = Kafka.binary(outgoingEvent(one));
    expect(toKafkaMessage(one).headers).toEqual({ ...headers, 'content-type': 'application/json' });
  });

  it('has the key and the data of the event', () => {
    expect(toKafkaMessage(domainEvent).key).toBe('c-1007');
    expect(JSON.parse(String(toKafkaMessage(domainEvent).value))).toEqual(domainEvent.data);
  });
});
