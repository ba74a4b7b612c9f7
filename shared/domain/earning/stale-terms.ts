import { Unavailable } from '../errors.ts';

/**
 * This process rated an order independently, by terms it loaded a while ago, but the wallet shows
 * that its orders are rated together. Nothing was committed; with the tenant reloaded, or later,
 * the same order can be paid.
 */
export class StaleTerms extends Unavailable {
  constructor(options?: ErrorOptions) {
    super('self', 'The terms of a program have changed since they were loaded', options);
  }
}
