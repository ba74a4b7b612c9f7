import { expect, it } from 'vitest';
import { accountHomes } from './account-homes.ts';

const account = (accountId: string, customerId: number | null, isFounding = false) => ({
  accountId,
  customerId,
  isFounding,
});

it('sends the points of a customer to the account of the record that names the customer', () => {
  const accounts = [account('a', 1), account('c', 1, true), account('b', 1), account('c', 1)];
  expect([...accountHomes(accounts)]).toEqual([
    ['a', 'c'],
    ['b', 'c'],
  ]);
});

it('sends them to the least account where that record has none, whatever the order', () => {
  const accounts = [account('b', 1), account('a', 1), account('z', 2), account('y', 2)];
  for (const order of [accounts, accounts.toReversed()])
    expect(Object.fromEntries(accountHomes(order))).toEqual({ b: 'a', z: 'y' });
});

it('leaves an account alone that several customers share, or that one source alone has', () => {
  const shared = [account('s', 1, true), account('s', 2), account('a', 1), account('b', 1)];
  expect(Object.fromEntries(accountHomes(shared))).toEqual({ b: 'a' });
  expect(accountHomes([account('a', null), account('b', null)]).size).toBe(0);
  expect(accountHomes([account('a', null), account('a', 1), account('b', 1)]).size).toBe(0);
});
