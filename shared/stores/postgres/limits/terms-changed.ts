import { Unavailable } from '#shared/domain/errors.ts';

/**
 * The terms of a reward are not those that were known when its locks were chosen. Nothing was
 * committed; after reloading the terms, the same requests can be decided.
 */
export class TermsChanged extends Unavailable {
  constructor() {
    super('self', 'The caps of a campaign or tenant have changed since they were read');
  }
}
