import { assert } from '#shared/domain/assert.ts';
import {
  type ActivationRefusal,
  type Beginning,
  decideActivation,
  type RequestedPeriod,
} from '#shared/domain/earning/activation.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { inTransaction, withPostgres } from '../driver/transaction.ts';
import { madeBy, recordChange } from '../journal/record-change.ts';
import type { ProgramKey } from './program-store.ts';
import { refuseActivation } from './refuse-activation.ts';
import {
  readVersions,
  type StoredVersion,
  tableOf,
  type VersionKey,
  type VersionKind,
} from './stored-version.ts';

/** A version after a decision about it. */
type Activation<Terms> = Readonly<
  | { kind: 'begun' | 'unchanged'; version: StoredVersion<Terms> }
  | { kind: 'refused'; refusal: ActivationRefusal }
>;

/** When a version should take effect, who requested it, and when. */
type ActivationRequest = RequestedPeriod & Readonly<{ subject: string; now: Date }>;

type Page = Readonly<{ limit: number; below?: number | undefined }>;

/** The content of a draft, with its terms as JSON. */
type Draft = Readonly<{
  currency?: string;
  terms: object;
  createdBy: string;
  requestKey: string;
}>;

export type VersionStore<Terms> = Readonly<{
  /** Versions from the newest to the oldest, those `below` a number. */
  list: (key: ProgramKey, page: Page) => Promise<readonly StoredVersion<Terms>[]>;
  /** All versions that are, were or will be in force. */
  activated: (key: ProgramKey) => Promise<readonly StoredVersion<Terms>[]>;
  find: (key: VersionKey) => Promise<StoredVersion<Terms> | undefined>;
  /**
   * Saves a draft under the next number and records who did; concurrent drafts get a number each,
   * and a repeated request finds its own. Undefined where there is no such program.
   */
  draft: (key: ProgramKey, draft: Draft) => Promise<StoredVersion<Terms> | undefined>;
  /**
   * Activates a version as decideActivation decides, given the others that could be in effect
   * instead; versions of the program are locked meanwhile. Undefined where there is no such
   * version.
   */
  activate: (key: VersionKey, request: ActivationRequest) => Promise<Activation<Terms> | undefined>;
}>;

type Options<Terms> = Readonly<{ kind: VersionKind; toTerms: (json: unknown) => Terms }>;

/** The immutable versions of a kind that programs have. */
export const versionStore = <Terms>(
  sql: Sql,
  { kind, toTerms }: Options<Terms>,
): VersionStore<Terms> => {
  const toVersion = (stored: StoredVersion<unknown>) => ({
    ...stored,
    terms: toTerms(stored.terms),
  });
  const read = async (from: Sql | Transaction, query: Parameters<typeof readVersions>[2]) =>
    (await readVersions(from, kind, query)).map(toVersion);

  return {
    list: (key, page) => withPostgres(() => read(sql, { ...key, ...page })),
    activated: (key) => withPostgres(() => read(sql, { ...key, activated: true })),
    find: (key) => withPostgres(async () => (await read(sql, key))[0]),
    draft: (key, draft) =>
      inTransaction(sql, async (tx) => {
        if (!(await lockProgram(tx, key))) return undefined;
        const version = await saveDraft(tx, kind, { key, draft });
        return (await read(tx, { ...key, version }))[0];
      }),
    activate: (key, { subject, now, ...requested }) =>
      inTransaction(sql, async (tx): Promise<Activation<Terms> | undefined> => {
        await lockCohortKinds(tx, key);
        await lockProgram(tx, key);
        const [version] = await read(tx, key);
        if (version === undefined) return undefined;
        const others = await beginningsBeside(tx, kind, { key, version });
        const decision = decideActivation(requested, { version, others, now });
        if (decision.kind === 'refused') return decision;
        if (decision.kind === 'unchanged') return { kind: 'unchanged', version };
        const refusal = await refuseActivation(tx, kind, key);
        if (refusal !== undefined) return { kind: 'refused', refusal };
        await begin(tx, kind, { key, subject, ...decision });
        const [begun] = await read(tx, key);
        assert(begun, 'a version that began is there');
        return { kind: 'begun', version: begun };
      }),
  };
};

/**
 * Makes changes of versions of a program wait for each other. Returns whether the program exists.
 */
const lockProgram = async (
  tx: Transaction,
  { tenantId, program }: ProgramKey,
): Promise<boolean> => {
  const locked = await tx`
    select from programs where tenant_id = ${tenantId} and program = ${program} for no key update`;
  return locked.count > 0;
};

/**
 * A transaction that creates a real-time cohort of the tenant waits, and checks the promotions
 * afterwards.
 */
const lockCohortKinds = async (
  tx: Transaction,
  { tenantId }: Pick<VersionKey, 'tenantId'>,
): Promise<void> => {
  await tx`select from tenants where tenant_id = ${tenantId} for share`;
};

/** Returns the number of the draft, new or of the same request before. */
const saveDraft = async (
  tx: Transaction,
  kind: VersionKind,
  { key, draft }: Readonly<{ key: ProgramKey; draft: Draft }>,
): Promise<number> => {
  const { tenantId, program } = key;
  const { currency, terms, createdBy: subject, requestKey } = draft;
  const making = {
    tenantId,
    subject,
    requestKey,
    action: `${kind}.drafted`,
    after: { currency, terms },
  };
  const resourcePrefix = `programs/${program}/${kind}/`;
  const made = await madeBy(tx, { ...making, resourcePrefix });
  if (made !== undefined) return Number(made.slice(resourcePrefix.length));

  const [last] = await readVersions(tx, kind, { ...key, limit: 1 });
  const version = (last?.version ?? 0) + 1;
  await tx`
    insert into ${tx(tableOf[kind])} (tenant_id, program, version, terms, created_by
      ${currency === undefined ? tx`` : tx`, currency`})
    values (${tenantId}, ${program}, ${version}, ${JSON.stringify(terms)}::text::jsonb, ${subject}
      ${currency === undefined ? tx`` : tx`, ${currency}`})`;
  await recordChange(tx, { ...making, resource: `${resourcePrefix}${version}` });
  return version;
};

/**
 * The versions that began or will, other than one, and that it would replace or that would replace
 * it.
 */
const beginningsBeside = (
  tx: Transaction,
  kind: VersionKind,
  { key, version }: Readonly<{ key: VersionKey; version: StoredVersion<unknown> }>,
): Promise<readonly Beginning[]> => tx<Beginning[]>`
  select version, valid_from from ${tx(tableOf[kind])}
  where tenant_id = ${key.tenantId} and program = ${key.program} and version <> ${key.version}
    and valid_from is not null
    ${version.currency === undefined ? tx`` : tx`and currency = ${version.currency}`}`;

type Begin = Readonly<{
  key: VersionKey;
  subject: string;
  validFrom: Date;
  validUntil: Date | undefined;
}>;

const begin = async (tx: Transaction, kind: VersionKind, change: Begin): Promise<void> => {
  const { key, subject, validFrom, validUntil } = change;
  const { tenantId, program, version } = key;
  await tx`
    update ${tx(tableOf[kind])} set valid_from = ${validFrom}
      ${kind === 'rules' ? tx`, valid_until = ${validUntil ?? null}` : tx``}
    where tenant_id = ${tenantId} and program = ${program} and version = ${version}`;
  await recordChange(tx, {
    tenantId,
    subject,
    action: `${kind}.activated`,
    resource: `programs/${program}/${kind}/${version}`,
    before: { validFrom: null },
    after: { validFrom, validUntil },
  });
};
