import { describe, expect, it } from 'vitest';
import { maskDetails } from './mask-details.ts';

describe('maskDetails', () => {
  it('leaves enough to distinguish two people, and no more', () => {
    const masked = maskDetails({
      name: 'Anil  Kumar Sharma',
      names: ['Anil Sharma', 'अनिल'],
      phone: '+91 98450 12345',
      email: 'anil@example.org',
      card: { token: 'secret', lastFour: '4242' },
      address: { line: '4 M.G. Road', postcode: '560001' },
      age: 41,
      fax: null,
    });
    expect(masked).toEqual({
      name: 'A••• K••• S•••',
      names: ['A••• S•••', 'अ•••'],
      phone: '+91 ••• 345',
      email: 'a•••@example.org',
      card: { token: '•••', lastFour: '4242' },
      address: { line: '•••', postcode: '•••' },
      age: '•••',
      fax: null,
    });
  });

  it('hides what is too short or malformed whole, and names no field of every object', () => {
    expect(maskDetails({ phone: '12345', email: '@x', toString: 'hidden' })).toEqual({
      phone: '•••',
      email: '•••',
      toString: '•••',
    });
  });
});
