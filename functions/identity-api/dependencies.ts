import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import type { AfterCommit } from '#shared/runtime/after-commit.ts';
import type { CustomerReader } from '#shared/stores/postgres/customers/customer-reader.ts';
import type { LinkDecisions } from '#shared/stores/postgres/customers/links/link-decisions.ts';
import type { LinkReader } from '#shared/stores/postgres/customers/links/link-reader.ts';
import type { Erasure, Erasures } from '#shared/stores/postgres/privacy/erasures.ts';
import type { PersonalRecords } from '#shared/stores/postgres/privacy/personal-records.ts';
import type { SearchKeys } from './search-keys.ts';

/** What the routes read and change. */
export type Dependencies = Readonly<{
  customers: CustomerReader;
  links: LinkReader;
  decisions: LinkDecisions<DomainEvent>;
  afterCommit: AfterCommit;
  noteRead: PersonalRecords['noteRead'];
  searchKeys: SearchKeys;
  /** Undefined where there is no such customer. */
  eraseCustomer: (
    key: Readonly<{ tenantId: string; customerId: number }>,
    subject: string,
  ) => Promise<Erasure | undefined>;
  findErasure: Erasures['find'];
}>;
