import { blockingKeys } from '#shared/domain/matching/blocking-keys.ts';
import { cardDigits } from '#shared/domain/matching/fields/card-number.ts';
import type { PhoneRegion } from '#shared/matching/phone-regions.ts';
import { profileOf } from '#shared/matching/profile-of.ts';
import type { CustomerHashes } from '#shared/runtime/customer-hashes.ts';

type Query = Readonly<{
  phone?: string | undefined;
  email?: string | undefined;
  cardToken?: string | undefined;
}>;

/** The hashes that records with these details are found by; none of what identifies nobody. */
export type SearchKeys = (tenantId: string, query: Query) => readonly string[];

/** Folds and hashes as match-customer does. */
export const createSearchKeys =
  ({ hashes, region }: Readonly<{ hashes: CustomerHashes; region: PhoneRegion }>): SearchKeys =>
  (tenantId, { cardToken, ...query }) => {
    const digits = cardDigits(cardToken ?? '');
    const token = digits === undefined ? cardToken : hashes.cardToken(tenantId, digits);
    const details = { ...query, cardToken: token, recordId: '', source: 'store' } as const;
    return blockingKeys(profileOf(details, region)).flatMap((key) =>
      hashes.blockKeys(tenantId, key),
    );
  };
