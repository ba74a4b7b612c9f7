import type { Erasures } from './postgres/privacy/erasures.ts';
import type { Person } from './postgres/privacy/person.ts';
import type { ForgetPerson } from './redis/person-cache.ts';

type Stores = Readonly<{
  erasures: Pick<Erasures, 'sweep' | 'isSettled' | 'complete'>;
  forget: ForgetPerson;
}>;

/**
 * Erases what is stored of a person who is marked as erased: Postgres first, since Redis is filled
 * from it. May be repeated, also after it was interrupted.
 * @throws Unavailable when Postgres or Redis is unavailable
 */
export const erasePerson = async ({ erasures, forget }: Stores, person: Person): Promise<void> => {
  await erasures.sweep(person);
  await forget({ tenantId: person.tenantId, userId: person.personId });
};

/**
 * Erases again what records in flight wrote since, and completes the erasure; false if some may
 * still be in flight.
 * @throws Unavailable when Postgres or Redis is unavailable
 */
export const completeErasure = async (stores: Stores, person: Person): Promise<boolean> => {
  const isSettled = await stores.erasures.isSettled(person);
  await erasePerson(stores, person);
  if (isSettled) await stores.erasures.complete(person);
  return isSettled;
};
