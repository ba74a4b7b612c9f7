import type { Profile } from './profile.ts';

/** A record as its source wrote it; of a card only what may be kept. */
export type RecordDetails = Readonly<{
  name?: string | undefined;
  phone?: string | undefined;
  email?: string | undefined;
  /** A text, or its parts by name. */
  address?: string | Readonly<Record<string, unknown>> | undefined;
  postcode?: string | undefined;
  documentId?: string | undefined;
  /** YYYY-MM-DD. */
  birthDate?: string | undefined;
  cardToken?: string | undefined;
  cardLastFour?: string | undefined;
  /** When the store saw the customer, as it wrote it. */
  date?: string | undefined;
  /** What the contract does not name. */
  further?: Readonly<Record<string, unknown>> | undefined;
}>;

/** What is stored of a record, encrypted. */
export type StoredDetails = Readonly<{ given: RecordDetails; profile: Profile }>;

/** Names a record of a tenant, the same for any order of arrival. */
export const recordName = ({
  source,
  recordId,
}: Readonly<{ source: string; recordId: string }>): string => `${source}:${recordId}`;
