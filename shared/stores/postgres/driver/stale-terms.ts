import { Unavailable } from '#shared/domain/errors.ts';

/**
 * This process judged an order alone, by terms it loaded a while ago, but the account shows that others judge its orders together.
 * Nothing was committed; with the tenant loaded anew, or later, the same order can be paid.
 */
export class StaleTerms extends Unavailable {
  constructor(options?: ErrorOptions) {
    super('self', 'The terms of a program have changed since they were loaded', options);
  }
}
