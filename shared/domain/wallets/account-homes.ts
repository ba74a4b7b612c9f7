/** An account in a record of a customer. */
export type OwnedAccount = Readonly<{
  accountId: string;
  /** Null while only one source has records of the customer. */
  customerId: number | null;
  /** Whether the record names the customer. */
  isFounding: boolean;
}>;

/**
 * Where the points of accounts belong: each account of a customer to the account of the record that
 * names the customer, or else to the customer's first account by id. Accounts that are not in the
 * result keep their points: the one that the others go to, and an account that several customers
 * share, since nobody knows whose its points are.
 * @param accounts every account of every customer that one of the accounts is of
 */
export const accountHomes = (accounts: readonly OwnedAccount[]): ReadonlyMap<string, string> => {
  const customersOf = Map.groupBy(accounts, ({ accountId }) => accountId);
  const own = accounts.filter(
    ({ accountId, customerId }) =>
      customerId !== null &&
      customersOf.get(accountId)?.every((other) => other.customerId === customerId) === true,
  );
  const homes = new Map<string, string>();
  for (const ofCustomer of Map.groupBy(own, ({ customerId }) => customerId).values()) {
    const [home] = ofCustomer.toSorted(
      (one, other) =>
        Number(other.isFounding) - Number(one.isFounding) ||
        (one.accountId < other.accountId ? -1 : 1),
    );
    const others = ofCustomer.filter(({ accountId }) => accountId !== home?.accountId);
    for (const { accountId } of others) homes.set(accountId, home?.accountId ?? accountId);
  }
  return homes;
};
