import type { Sql, Transaction } from '../driver/connect.ts';
import { fromRow, type RowOf } from '../driver/from-row.ts';
import type { ProgramKey } from './program-store.ts';

/** What programs have versions of: earning rules and ladders of tiers. */
export type VersionKind = 'rules' | 'tiers';

/** Names a version of a kind. */
export type VersionKey = ProgramKey & Readonly<{ version: number }>;

/** A version as it was saved. Without `validFrom` it is a draft. */
export type StoredVersion<Terms> = Readonly<{
  version: number;
  /** Of an earning rule: versions for different currencies do not replace each other. */
  currency: string | undefined;
  terms: Terms;
  validFrom: Date | undefined;
  /** Of an earning rule: when it ends, unless a later version begins before. */
  validUntil: Date | undefined;
  /** When a later version begins in its place, as far as is known. */
  replacedAt: Date | undefined;
  createdAt: Date;
  createdBy: string;
}>;

/** The table of a kind. */
export const tableOf = { rules: 'earning_rules', tiers: 'tier_ladders' } as const;

type Query = ProgramKey &
  Readonly<{
    version?: number;
    below?: number | undefined;
    limit?: number;
    activated?: boolean;
  }>;

/** Reads versions of a program from the newest to the oldest, terms as JSON has them. */
export const readVersions = async (
  sql: Sql | Transaction,
  kind: VersionKind,
  { tenantId, program, version, below, limit, activated = false }: Query,
): Promise<readonly StoredVersion<unknown>[]> => {
  const columns =
    kind === 'rules'
      ? sql`currency, valid_until`
      : sql`null as currency, null::timestamptz as valid_until`;
  const rows = await sql<RowOf<StoredVersion<unknown>>[]>`
    select version, terms, valid_from, created_at, created_by, ${columns},
      (select min(valid_from) from ${sql(tableOf[kind])} other
        where other.tenant_id = stored.tenant_id and other.program = stored.program
          ${kind === 'rules' ? sql`and other.currency = stored.currency` : sql``}
          and other.valid_from > stored.valid_from) as replaced_at
    from ${sql(tableOf[kind])} stored
    where tenant_id = ${tenantId} and program = ${program}
      ${version === undefined ? sql`` : sql`and version = ${version}`}
      ${below === undefined ? sql`` : sql`and version < ${below}`}
      ${activated ? sql`and valid_from is not null` : sql``}
    order by version desc
    ${limit === undefined ? sql`` : sql`limit ${limit}`}`;
  return rows.map(fromRow<StoredVersion<unknown>>);
};
