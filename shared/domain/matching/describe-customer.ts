import type { Profile } from './profile.ts';
import type { RecordDetails, StoredDetails } from './record-details.ts';

/** What is known of a customer, from all records. */
export type CustomerDetails = Readonly<{
  name?: string | undefined;
  /** In the form of E.164, where it has one. */
  phone?: string | undefined;
  email?: string | undefined;
  address?: RecordDetails['address'];
  postcode?: string | undefined;
  card?: Readonly<{ token: string; lastFour?: string | undefined }> | undefined;
  /** Every way in which the name was written, the newest first. */
  names: readonly string[];
}>;

type DatedDetails = StoredDetails & Readonly<{ recordName: string; changedAt: Date }>;

/**
 * The newest value of each field; one that identifies nobody counts only where there is no other.
 * The records decide between equal times, so the order in which they are given does not matter.
 */
export const describeCustomer = (records: readonly DatedDetails[]): CustomerDetails => {
  const newest = records.toSorted(
    (a, b) =>
      b.changedAt.getTime() - a.changedAt.getTime() || (a.recordName < b.recordName ? -1 : 1),
  );
  const chosen = (field: 'name' | 'phone' | 'email' | 'address' | 'postcode') =>
    newest.find(({ profile }) => profile[field] !== undefined) ??
    newest.find(({ given }) => given[field] !== undefined);
  const phone = chosen('phone');
  return {
    name: chosen('name')?.given.name,
    phone: phone?.profile.phone ?? phone?.given.phone,
    email: chosen('email')?.given.email,
    address: chosen('address')?.given.address,
    postcode: chosen('postcode')?.given.postcode,
    card: newest.map(({ given }) => cardOf(given)).find(Boolean),
    names: [...new Set(newest.flatMap(({ given }) => given.name ?? []))],
  };
};

const cardOf = ({ cardToken, cardLastFour }: RecordDetails): CustomerDetails['card'] =>
  cardToken === undefined ? undefined : { token: cardToken, lastFour: cardLastFour };

/** The folded name and the phone of a customer; undefined without both. */
export const nameAndPhone = (records: readonly DatedDetails[]): string | undefined => {
  const described = describeCustomer(records);
  const profileWith = (isIt: (record: DatedDetails) => boolean): Profile | undefined =>
    records.find(isIt)?.profile;
  const name = profileWith(({ given, profile }) => given.name === described.name && !!profile.name);
  const phone = profileWith(({ profile }) => profile.phone === described.phone);
  if (!name?.name || !phone?.phone) return undefined;
  return `${name.name.map(({ text }) => text).join(' ')} ${phone.phone}`;
};
