import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { type ProduceParts, produceRequests } from './kafkajs-internals.ts';
import { encodeProduce, isPlainProduce } from './kafkajs-replacements.ts';

const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ maxLength: 20 }));
const bytes = fc.oneof(
  text,
  fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
);
const int32 = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const message = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.dictionary(fc.string({ minLength: 1, maxLength: 40 }), bytes, { maxKeys: 12 }),
});
const parts: fc.Arbitrary<ProduceParts> = fc.record({
  acks: fc.constantFrom(-1, 1),
  timeout: int32,
  compression: fc.constant(0),
  producerId: fc.bigInt({ min: 0n, max: 2n ** 62n }).map(String),
  producerEpoch: fc.integer({ min: 0, max: 32_767 }),
  topicData: fc.array(
    fc.record({
      topic: fc.stringMatching(/^[a-z-]{1,20}$/),
      partitions: fc.array(
        fc.record({
          partition: int32,
          firstSequence: int32,
          messages: fc.array(message, { minLength: 1, maxLength: 80 }),
        }),
        { maxLength: 3 },
      ),
    }),
    { maxLength: 3 },
  ),
});

describe('encodeProduce', () => {
  it.each([3, 7])('writes the bytes that kafkajs writes in version %i', async (version) => {
    vi.setSystemTime(new Date('2026-11-21T10:15:00Z'));
    await fc.assert(
      fc.asyncProperty(parts, async (request) => {
        const { buffer } = await produceRequests.protocol({ version })!(request).request.encode();
        expect(encodeProduce(request, Date.now()).equals(buffer)).toBe(true);
      }),
      { numRuns: 200 },
    );
    vi.useRealTimers();
  });

  it('leaves to kafkajs what it cannot write', () => {
    const plain: ProduceParts = {
      ...{ acks: -1, timeout: 1, compression: 0, producerId: '1', producerEpoch: 0, topicData: [] },
    };
    const withMessage = (one: object) => ({
      ...plain,
      topicData: [
        {
          topic: 't',
          partitions: [{ partition: 0, firstSequence: 0, messages: [{ value: '', ...one }] }],
        },
      ],
    });
    expect(isPlainProduce(withMessage({ headers: { a: 'b' } }))).toBe(true);
    expect(isPlainProduce({ ...plain, compression: 1 })).toBe(false);
    expect(isPlainProduce({ ...plain, transactionalId: 't-1' })).toBe(false);
    expect(isPlainProduce(withMessage({ timestamp: '1' }))).toBe(false);
    expect(isPlainProduce(withMessage({ headers: { a: ['b', 'c'] } }))).toBe(false);
  });
});
