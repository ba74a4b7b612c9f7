import { describe, expect, it } from 'vitest';
import { InvalidEvent, Unavailable } from '#shared/domain/errors.ts';
import type { CloudEvent } from '#shared/eventing/cloud-event.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import type { Unpublished } from '#shared/eventing/publisher.ts';
import { recordingPublisher } from '#shared/testing/recording-publisher.ts';
import type { Outcome } from './event-handler.ts';
import { publishOutcomes } from './publish-events.ts';

const domainEvent = (id: string): DomainEvent => ({
  id,
  type: 'test',
  topic: 'tests',
  partitionKey: 'c-1',
  time: new Date('2026-11-21T10:15:00Z'),
  tenantId: 'acme',
  data: {},
});
const done = (...domainEvents: readonly DomainEvent[]): Outcome => ({ kind: 'done', domainEvents });
const delivery = (id: string, extensions: Record<string, string> = {}) => {
  const event: CloudEvent = { id, source: '/test', type: 'x', extensions, data: {} };
  return { event, data: {} };
};

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('publishOutcomes', () => {
  it('publishes each event under the correlation of its own cause, unless it has one', async () => {
    const publisher = recordingPublisher();
    const extensions = { correlationid: 'shop 7', traceparent };
    await publishOutcomes({}, publisher, {
      deliveries: [delivery('e-1', extensions), delivery('e-2')],
      outcomes: [
        done(domainEvent('f-1'), { ...domainEvent('f-2'), correlationId: 'earlier' }),
        done(domainEvent('f-3')),
      ],
    });
    expect(publisher.published).toEqual([
      { ...domainEvent('f-1'), correlationId: 'shop 7', traceparent },
      { ...domainEvent('f-2'), correlationId: 'earlier' },
      { ...domainEvent('f-3'), correlationId: '/test e-2', traceparent: undefined },
    ]);
  });

  it('fails the deliveries alone whose events could not be published', async () => {
    const unavailable = new Unavailable('kafka', 'no leader');
    const refused = new InvalidEvent('unknown-tenant', 'no');
    const published: string[] = [];
    const outcomes = await publishOutcomes(
      {
        published: (domainEvents) => {
          published.push(...domainEvents.map(({ id }) => id));
          return Promise.resolve();
        },
      },
      recordingPublisher(({ id }) => (id === 'f-2' ? unavailable : undefined)),
      {
        deliveries: ['e-1', 'e-2', 'e-3', 'e-4'].map((id) => delivery(id)),
        outcomes: [
          done(domainEvent('f-1')),
          done(domainEvent('f-2'), domainEvent('f-3')),
          refused,
          done(),
        ],
      },
    );
    expect(outcomes).toEqual([
      expect.objectContaining({ kind: 'done' }),
      unavailable,
      refused,
      done(),
    ]);
    expect(published).toEqual(['f-1', 'f-3']);
  });

  it('passes failed events to a handler that keeps them, and fails no delivery for a refused one', async () => {
    const unavailable = new Unavailable('kafka', 'no leader');
    const refused = new InvalidEvent('event-too-large', 'too large');
    const errors = new Map<string, Unpublished['error']>([
      ['f-1', unavailable],
      ['f-2', refused],
    ]);
    const kept: Unpublished[] = [];
    const outcomes = await publishOutcomes(
      {
        unpublished: (unpublished) => {
          kept.push(...unpublished);
          return Promise.resolve();
        },
      },
      recordingPublisher(({ id }) => errors.get(id)),
      {
        deliveries: [delivery('e-1'), delivery('e-2')],
        outcomes: [done(domainEvent('f-1')), done(domainEvent('f-2'))],
      },
    );
    expect(outcomes).toEqual([unavailable, expect.objectContaining({ kind: 'done' })]);
    expect(kept.map(({ domainEvent: { id }, error }) => [id, error])).toEqual([...errors]);
  });
});
