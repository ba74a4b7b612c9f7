import { expect, it } from 'vitest';
import { recentDetails } from './recent-details.ts';

it('returns what a ciphertext contains, for its person and the last ciphertext only', () => {
  const { remember, find } = recentDetails();
  const person = { tenantId: 'acme', personId: 'record:store:s-1' };
  const details = { given: {}, profile: { recordId: 's-1', source: 'store' as const } };
  remember(person, { ciphertext: 'first', details });
  expect(find(person, 'first')).toBe(details);
  expect(find(person, 'second')).toBeUndefined();
  expect(find({ ...person, tenantId: 'other' }, 'first')).toBeUndefined();
  remember(person, { ciphertext: 'second', details });
  expect(find(person, 'first')).toBeUndefined();
});
