import { expect, it } from 'vitest';
import { hashSlot } from './hash-slot.ts';

it.each([
  // From the specification of Redis Cluster, and CLUSTER KEYSLOT of Redis 7.0.
  ['123456789', 0x31c3],
  ['foo{hash_tag}', 2515],
  ['bar{hash_tag}', 2515],
  ['inbox:{t:u}{x}', 164],
  ['ключ', 10_303],
])('the slot of %s is that of Redis', (key, slot) => {
  expect(hashSlot(key)).toBe(slot);
});
