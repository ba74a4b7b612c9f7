import { expect, it } from 'vitest';
import { recentDetails, rememberDetails } from './recent-details.ts';

it('returns what a ciphertext contains, for its person and the last ciphertext only', () => {
  const person = { tenantId: 'acme', personId: 'record:store:s-1' };
  const details = { given: {}, profile: { recordId: 's-1', source: 'store' as const } };
  rememberDetails(person, 'first', details);
  expect(recentDetails(person, 'first')).toBe(details);
  expect(recentDetails(person, 'second')).toBeUndefined();
  expect(recentDetails({ ...person, tenantId: 'other' }, 'first')).toBeUndefined();
  rememberDetails(person, 'second', details);
  expect(recentDetails(person, 'first')).toBeUndefined();
});
