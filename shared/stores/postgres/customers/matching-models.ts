import { LRUCache } from 'lru-cache';
import type { Matching } from '#shared/domain/matching/matching.ts';
import { defaultModel, problemOfModel } from '#shared/domain/matching/models/matching-model.ts';
import type { TermFrequencies } from '#shared/domain/matching/models/term-frequencies.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { inTransaction, withPostgres } from '../driver/transaction.ts';
import { recordChange } from '../journal/record-change.ts';
import { type MasterKeys, personKeysIn } from '../privacy/person-keys.ts';

/** A version of a tenant's model, without what it contains. */
type ModelVersion = Readonly<{
  version: number;
  /** What it was trained on, or made from. */
  summary: Readonly<Record<string, unknown>>;
  createdBy: string;
  createdAt: Date;
  activatedAt: Date | null;
  isActive: boolean;
}>;

/** A model to store; its version becomes `<tenant>-<number>`. */
type NewModel = Matching & Readonly<{ summary: ModelVersion['summary']; subject: string }>;

type AddedModel = Readonly<{ version: number } | { problem: string }>;

/** Every method throws Unavailable when Postgres is unavailable; only `add` is not repeatable. */
export type MatchingModels = Readonly<{
  /**
   * What the tenant's records are scored by: the active version as it was at most
   * `modelFreshMs` ago, or the default model.
   */
  find: (tenantId: string) => Promise<Matching>;
  /** A version of the tenant; undefined when there is none. */
  version: (tenantId: string, version: number) => Promise<Matching | undefined>;
  /** All versions of the tenant, the newest first. */
  list: (tenantId: string) => Promise<readonly ModelVersion[]>;
  /** Stores a version, which is not active, or returns the first problem of the model. */
  add: (tenantId: string, model: NewModel) => Promise<AddedModel>;
  /**
   * Makes a version the active one, or the default model with 0; false when there is no such
   * version. What is stored stays as it was scored until it is touched or scored again.
   */
  activate: (
    tenantId: string,
    change: Readonly<{ version: number; subject: string }>,
  ) => Promise<boolean>;
}>;

/** For how long a pod may score by the version before the active one. */
const modelFreshMs = 10_000;

const defaultMatching: Matching = { model: defaultModel };

/** Models of tenants, in versions that never change. */
export const matchingModels = (
  sql: Sql,
  { masterKeys }: Readonly<{ masterKeys: MasterKeys }>,
): MatchingModels => {
  const cache = new LRUCache<string, Readonly<{ version: number; matching: Matching }>>({
    max: 100,
    ttl: modelFreshMs,
    fetchMethod: async (tenantId, known) => {
      const version = await activeVersion(sql, tenantId);
      if (known?.version === version) return known;
      const matching = version === 0 ? defaultMatching : await read(tenantId, version);
      return { version, matching: matching ?? defaultMatching };
    },
  });
  const read = (tenantId: string, version: number) =>
    inTransaction(sql, (tx) => readModel(tx, masterKeys, { tenantId, version }));
  return {
    find: async (tenantId) => (await cache.forceFetch(tenantId)).matching,
    version: read,
    list: (tenantId) => list(sql, tenantId),
    add: (tenantId, model) =>
      inTransaction(sql, (tx) => add(tx, masterKeys, { tenantId, added: model })),
    activate: (tenantId, change) =>
      inTransaction(sql, (tx) => activate(tx, { tenantId, ...change })),
  };
};

/** 0 where the default model is. */
const activeVersion = (sql: Sql, tenantId: string): Promise<number> =>
  withPostgres(async () => {
    const [row] = await sql<{ version: number }[]>`
      select version from matching_models where tenant_id = ${tenantId} and is_active`;
    return row?.version ?? 0;
  });

type Name = Readonly<{ tenantId: string; version: number }>;

const modelPerson = ({ tenantId, version }: Name) => ({
  tenantId,
  personId: `matching-model:${version}`,
});

const field = 'matching_models.frequencies';

const readModel = async (
  tx: Transaction,
  masterKeys: MasterKeys,
  name: Name,
): Promise<Matching | undefined> => {
  const [row] = await tx<{ model: Matching['model']; frequencies: string | null }[]>`
    select model, frequencies from matching_models
    where tenant_id = ${name.tenantId} and version = ${name.version}`;
  if (row === undefined || row.frequencies === null) return row && { model: row.model };
  const [cipher] = await personKeysIn(tx, masterKeys).toDecrypt([modelPerson(name)]);
  if (cipher === undefined) throw new Error(`Version ${name.version} has lost its key`);
  return { model: row.model, frequencies: parseTerms(cipher.decrypt(field, row.frequencies)) };
};

const list = (sql: Sql, tenantId: string): Promise<readonly ModelVersion[]> =>
  withPostgres(
    async () => sql<ModelVersion[]>`
      select version, summary, created_by, created_at, activated_at, is_active from matching_models
      where tenant_id = ${tenantId} order by version desc`,
  );

/** Versions are numbered, and activated, one after the other. */
const lockTenant = async (tx: Transaction, tenantId: string): Promise<void> => {
  await tx`select from tenants where tenant_id = ${tenantId} for no key update`;
};

const add = async (
  tx: Transaction,
  masterKeys: MasterKeys,
  { tenantId, added }: Readonly<{ tenantId: string; added: NewModel }>,
): Promise<AddedModel> => {
  const { model, frequencies, summary, subject } = added;
  const problem = problemOfModel(model);
  if (problem !== undefined) return { problem };
  await lockTenant(tx, tenantId);
  const [{ version }] = await tx<[{ version: number }]>`
    select coalesce(max(version), 0) + 1 as version from matching_models where tenant_id = ${tenantId}`;
  const person = modelPerson({ tenantId, version });
  const [cipher] = await personKeysIn(tx, masterKeys).toEncrypt([person]);
  const terms = frequencies && cipher?.encrypt(field, formatTerms(frequencies));
  await tx`
    insert into matching_models (tenant_id, version, model, frequencies, summary, created_by)
    values (${tenantId}, ${version}, ${JSON.stringify({ ...model, version: `${tenantId}-${version}` })}::text::jsonb,
      ${terms ?? null}, ${JSON.stringify(summary)}::text::jsonb, ${subject})`;
  await recordChange(tx, {
    ...{ tenantId, subject, action: 'matching-model.added' },
    ...{ resource: `matching-model/versions/${version}`, after: summary },
  });
  return { version };
};

const activate = async (
  tx: Transaction,
  { tenantId, version, subject }: Name & Readonly<{ subject: string }>,
): Promise<boolean> => {
  await lockTenant(tx, tenantId);
  const versions = await tx<{ version: number; isActive: boolean }[]>`
    select version, is_active from matching_models
    where tenant_id = ${tenantId} and (is_active or version = ${version})`;
  const active = versions.find(({ isActive }) => isActive)?.version ?? 0;
  if (version !== 0 && !versions.some((own) => own.version === version)) return false;
  if (version === active) return true;
  await tx`
    update matching_models set is_active = false where tenant_id = ${tenantId} and is_active`;
  await tx`
    update matching_models set is_active = true, activated_at = now()
    where tenant_id = ${tenantId} and version = ${version}`;
  await recordChange(tx, {
    ...{ tenantId, subject, action: 'matching-model.activated', resource: 'matching-model' },
    before: { version: active },
    after: { version },
  });
  return true;
};

type Terms = Readonly<{
  records: number;
  names: readonly (readonly [string, number])[];
  phones: readonly (readonly [string, number])[];
}>;

const formatTerms = ({ records, names, phones }: TermFrequencies): string =>
  JSON.stringify({ records, names: [...names], phones: [...phones] } satisfies Terms);

const parseTerms = (text: string): TermFrequencies => {
  const { records, names, phones } = JSON.parse(text) as Terms;
  return { records, names: new Map(names), phones: new Map(phones) };
};
