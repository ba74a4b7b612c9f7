import type { CustomerChange } from '#shared/domain/matching/customer-change.ts';
import {
  CustomerCreated,
  CustomerMerged,
  CustomerSplit,
  CustomerUpdated,
} from './contracts/customers.ts';
import { type DomainEvent, domainEventOf } from './domain-event.ts';

/** The event of a change of a customer, in every function. */
export const customerEvent = (change: CustomerChange, time: Date): DomainEvent => {
  const { kind, tenantId, customerId, version, records, otherId = customerId } = change;
  const cause = [tenantId, String(customerId), String(version)] as const;
  const common = { cause, partitionKey: String(customerId), time };
  const fields = { tenantId, customerId, version };
  switch (kind) {
    case 'created':
      return domainEventOf(CustomerCreated, {
        ...common,
        data: { ...fields, records: [...records] },
      });
    case 'updated':
      return domainEventOf(CustomerUpdated, {
        ...common,
        data: { ...fields, records: [...records] },
      });
    case 'merged':
      return domainEventOf(CustomerMerged, { ...common, data: { ...fields, mergedInto: otherId } });
    case 'split':
      return domainEventOf(CustomerSplit, {
        ...common,
        data: { ...fields, records: [...records], splitFrom: otherId },
      });
  }
};
