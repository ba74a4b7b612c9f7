import { expect, it } from 'vitest';
import type { TopicRecord } from '#shared/eventing/kafka/topic-record.ts';
import { whyUndelivered } from './why-undelivered.ts';

const record = (offset: number, fields: object = {}): TopicRecord => ({
  ...{ partition: 0, key: Buffer.from('c-1'), value: Buffer.from('{}'), headers: {} },
  ...{ offset: String(offset), timestamp: '1795000000000', attributes: 0 },
  ...fields,
});
const broken = record(10, { headers: { trace: null } });

it.each([
  [broken, 'its header "trace" has no value'],
  [record(1, { headers: { twice: [Buffer.from('a'), null] } }), 'its header "twice" has no value'],
  [record(1, { key: Buffer.from('c\r\n') }), 'its key contains a control character'],
  [
    record(1, { headers: { a: Buffer.from('\u007f') } }),
    'its header "a" contains a control character',
  ],
  [
    record(1, { headers: { a: Buffer.alloc(70_000, 'x') } }),
    'its key and headers have 70004 bytes',
  ],
  [record(1, { value: Buffer.alloc(1_048_577) }), 'its value has 1048577 bytes'],
  [record(1), 'unknown'],
])('%#: %s', (each, reason) => {
  expect(whyUndelivered(each, [each])).toBe(reason);
});

it('blames a header without a value on the records that were read with it, and on no others', () => {
  const reason = 'it was read together with offset 10, which has a header without a value';
  expect(whyUndelivered(record(59), [broken])).toBe(reason);
  expect(whyUndelivered(record(60), [broken])).toBe('unknown');
});
