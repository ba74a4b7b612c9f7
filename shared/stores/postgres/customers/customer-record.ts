import type { CustomerChange, RecordId } from '#shared/domain/matching/customer-change.ts';
import type { Matching } from '#shared/domain/matching/matching.ts';
import type { Source } from '#shared/domain/matching/profile.ts';
import type { StoredDetails } from '#shared/domain/matching/record-details.ts';
import type { OutboxEvent } from '../journal/outbox.ts';
import type { MasterKeys } from '../privacy/person-keys.ts';
import type { RecentDetails } from './records/recent-details.ts';

/** What a record is found by, and recognized by when it is delivered again. */
export type RecordHashes = Readonly<{
  /** Keyed hash of the details, in hexadecimal: a redelivery has the same. */
  content: string;
  /** Hashes of its blocking keys: 63 bits each, as decimal text. */
  blockKeys: readonly string[];
}>;

/** A record as its source delivered it, folded and hashed by the newest key. */
export type CustomerRecord = RecordHashes &
  Readonly<{
    tenantId: string;
    source: Source;
    recordId: string;
    /** customerId of orders and userId of actions, if the source knows it. */
    accountId: string | undefined;
    changedAt: Date;
    details: StoredDetails;
    /** Its hashes by another key, while keys are rotated. */
    hashedBy: (keyId: string) => RecordHashes;
  }>;

/** What stores of customers need from outside. */
export type CustomerOptions = Readonly<{
  masterKeys: MasterKeys;
  /** Without this cache, each record is decrypted again whenever customers are assigned. */
  recent?: RecentDetails;
  /** Keyed hash of a customer's name and phone, in hexadecimal. */
  nameAndPhoneHash: (tenantId: string, nameAndPhone: string) => string;
}>;

/** How the customers of a tenant are assigned. */
export type AssignTerms<DomainEvent extends OutboxEvent> = Readonly<{
  matching: Matching;
  /** The event of a change; the same change gives the same event. */
  domainEventOf: (change: CustomerChange) => DomainEvent;
}>;

/** The person whose key encrypts a record. */
export const recordPerson = (
  tenantId: string,
  { source, recordId }: RecordId,
): Readonly<{ tenantId: string; personId: string }> => ({
  tenantId,
  personId: `record:${source}:${recordId}`,
});

/** The person whose key encrypts a customer. */
export const customerPerson = (
  tenantId: string,
  customerId: number,
): Readonly<{ tenantId: string; personId: string }> => ({
  tenantId,
  personId: `customer:${customerId}`,
});

/** What ciphertexts are bound to, besides their person. */
export const recordField = 'customer_records.details';
export const customerField = 'customers.details';
