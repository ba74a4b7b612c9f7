/** A user or customer of a tenant: both have the same id. */
export type Person = Readonly<{ tenantId: string; personId: string }>;
