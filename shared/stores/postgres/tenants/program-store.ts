import { assert } from '#shared/domain/assert.ts';
import type { Program } from '#shared/domain/earning/program.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { inTransaction, withPostgres } from '../driver/transaction.ts';
import { madeBy, recordChange } from '../journal/record-change.ts';

/** A program without its versions of rules and tiers. */
export type ProgramRecord = Pick<Program, 'program' | 'unit'> &
  Readonly<{
    name: string;
    createdAt: Date;
    /** The time zone of the tenant, whose days, months and years the program goes by. */
    timeZone: string;
  }>;

/** Names a program of a tenant. */
export type ProgramKey = Readonly<{ tenantId: string; program: string }>;

/** The outcome of creating a program. */
export type ProgramCreation = Readonly<
  | { kind: 'created'; record: ProgramRecord }
  | { kind: 'exists' }
  | { kind: 'unknown-tenant' }
  | { kind: 'too-many' }
>;

/** How many programs a tenant may have: loading a tenant loads them all. */
export const programsMax = 100;

type NewProgram = ProgramKey &
  Readonly<{ name: string; unit: string; createdBy: string; requestKey: string }>;

export type ProgramStore = Readonly<{
  /** The programs of a tenant by name; none for a tenant that does not exist. */
  list: (tenantId: string) => Promise<readonly ProgramRecord[]>;
  find: (key: ProgramKey) => Promise<ProgramRecord | undefined>;
  /**
   * Creates a program and records who did; of several concurrent requests with one name, one
   * succeeds. Repeating a request changes nothing.
   */
  create: (program: NewProgram) => Promise<ProgramCreation>;
}>;

/** Programs as people manage them. */
export const programStore = (sql: Sql): ProgramStore => ({
  list: (tenantId) => withPostgres(() => read(sql, tenantId)),
  find: ({ tenantId, program }) =>
    withPostgres(async () => (await read(sql, tenantId, program))[0]),
  create: (program) => inTransaction(sql, (transaction) => create(transaction, program)),
});

const read = (
  sql: Sql | Transaction,
  tenantId: string,
  program?: string,
): Promise<readonly ProgramRecord[]> => sql<ProgramRecord[]>`
  select program, programs.name, unit, programs.created_at, time_zone
  from programs join tenants using (tenant_id)
  where tenant_id = ${tenantId} ${program === undefined ? sql`` : sql`and program = ${program}`}
  order by program`;

const create = async (
  sql: Transaction,
  { tenantId, program, name, unit, createdBy: subject, requestKey }: NewProgram,
): Promise<ProgramCreation> => {
  // Locking the tenant lets one request after the other read and create.
  const locked = await sql`select from tenants where tenant_id = ${tenantId} for no key update`;
  if (locked.count === 0) return { kind: 'unknown-tenant' };
  const programs = await read(sql, tenantId);
  const same = programs.find((other) => other.program === program);
  const making = {
    tenantId,
    subject,
    requestKey,
    action: 'program.created',
    after: { name, unit },
  };
  const resource = `programs/${program}`;
  if (same !== undefined) {
    const made = await madeBy(sql, { ...making, resourcePrefix: resource });
    return made === resource ? { kind: 'created', record: same } : { kind: 'exists' };
  }
  if (programs.length >= programsMax) return { kind: 'too-many' };
  await sql`
    insert into programs (tenant_id, program, name, unit) values (${tenantId}, ${program}, ${name}, ${unit})`;
  await recordChange(sql, { ...making, resource });
  const [record] = await read(sql, tenantId, program);
  assert(record, 'a program that was made is there');
  return { kind: 'created', record };
};
