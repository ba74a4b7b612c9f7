import { assert } from '#shared/domain/assert.ts';
import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { inTransaction, withPostgres } from '../driver/transaction.ts';
import { recordChange } from '../journal/record-change.ts';

/** Names an action of a tenant. */
type ActionKey = Readonly<{ tenantId: string; action: string }>;

/** A version of an action's schema, and who saved it. */
export type StoredAction = ActionSchema & Readonly<{ createdAt: Date; createdBy: string }>;

/** The outcome of saving a schema. */
type ActionSaving<Defect> = Readonly<
  | { kind: 'saved' | 'unchanged'; stored: StoredAction }
  | { kind: 'refused'; defects: readonly Defect[] }
  | { kind: 'unknown-tenant' }
>;

type NewVersion = Pick<ActionSchema, 'description' | 'fields'> & Readonly<{ createdBy: string }>;

type Page = Readonly<{ limit: number; after?: string | undefined }>;

export type ActionStore = Readonly<{
  /** The newest version, or a certain one. */
  find: (key: ActionKey, version?: number) => Promise<StoredAction | undefined>;
  /** The newest version of each action, in the order of their codes, those `after` one. */
  page: (tenantId: string, page: Page) => Promise<readonly StoredAction[]>;
  /**
   * Saves the next version, unless it is incompatible with the previous one, and records the
   * change. Saving the latest version again creates no new one.
   */
  save: <Defect>(
    key: ActionKey,
    version: NewVersion,
    find: (before: ActionSchema | undefined) => readonly Defect[],
  ) => Promise<ActionSaving<Defect>>;
}>;

/** The actions of tenants, with the immutable versions of their schemas. */
export const actionStore = (sql: Sql): ActionStore => ({
  find: (key, version) => withPostgres(() => read(sql, key, version)),
  page: (tenantId, { limit, after }) =>
    withPostgres(
      async () => sql<StoredAction[]>`
        select distinct on (action_code) ${columns(sql)} from actions
        where tenant_id = ${tenantId} ${after === undefined ? sql`` : sql`and action_code > ${after}`}
        order by action_code, version desc limit ${limit}`,
    ),
  save: (key, version, find) =>
    inTransaction(sql, async (tx) => {
      // Locking the tenant lets one request after the other read and save.
      const locked = await tx`
        select from tenants where tenant_id = ${key.tenantId} for no key update`;
      if (locked.count === 0) return { kind: 'unknown-tenant' };
      const before = await read(tx, key);
      if (before !== undefined && isSameContent(before, version)) {
        return { kind: 'unchanged', stored: before };
      }
      const defects = find(before);
      if (defects.length > 0) return { kind: 'refused', defects };
      return { kind: 'saved', stored: await insert(tx, key, { before, version }) };
    }),
});

const columns = (sql: Sql | Transaction) =>
  sql`action_code as action, version, description, fields, created_at, created_by`;

const read = async (
  sql: Sql | Transaction,
  { tenantId, action }: ActionKey,
  version?: number,
): Promise<StoredAction | undefined> => {
  const [stored] = await sql<StoredAction[]>`
    select ${columns(sql)} from actions where tenant_id = ${tenantId} and action_code = ${action}
      ${version === undefined ? sql`` : sql`and version = ${version}`}
    order by version desc limit 1`;
  return stored;
};

const isSameContent = (
  before: ActionSchema,
  { description, fields }: Pick<ActionSchema, 'description' | 'fields'>,
): boolean => before.description === description && canonical(before.fields) === canonical(fields);

/** JSON in which neither the order of fields nor what is left out makes a difference. */
const canonical = (fields: ActionSchema['fields']): string =>
  JSON.stringify(
    Object.entries(fields)
      .map(([name, { type, required, description }]) => [name, type, required, description])
      .sort(([one], [other]) => (String(one) < String(other) ? -1 : 1)),
  );

type Insertion = Readonly<{ before: ActionSchema | undefined; version: NewVersion }>;

const insert = async (
  tx: Transaction,
  key: ActionKey,
  { before, version: { description, fields, createdBy: subject } }: Insertion,
): Promise<StoredAction> => {
  const { tenantId, action } = key;
  const version = (before?.version ?? 0) + 1;
  await tx`
    insert into actions (tenant_id, action_code, version, description, fields, created_by)
    values (${tenantId}, ${action}, ${version}, ${description}, ${JSON.stringify(fields)}::text::jsonb, ${subject})`;
  await recordChange(tx, {
    tenantId,
    subject,
    action: 'action.saved',
    resource: `actions/${action}/${version}`,
    ...(before && { before: { description: before.description, fields: before.fields } }),
    after: { description, fields },
  });
  const stored = await read(tx, key);
  assert(stored, 'an action that was saved is there');
  return stored;
};
