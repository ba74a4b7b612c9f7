import type { Fragment } from 'postgres';
import type { Sql, Transaction } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';

/**
 * The proof of an erasure, as SQL: SHA-256 over the proof before it and every column of the row, so
 * that no row can be changed, removed or added in the middle without changing all proofs after it.
 * The change log has each proof too.
 */
export const proofOf = (
  sql: Sql | Transaction,
  { row, previous }: Readonly<{ row: Fragment; previous: Fragment }>,
): Fragment => sql`
  sha256(coalesce(${previous}, '') || convert_to(concat_ws(' ', ${row}.tenant_id, encode(${row}.person, 'hex'),
    to_json(${row}.requested_by), ${micros(sql, sql`${row}.requested_at`)},
    ${micros(sql, sql`${row}.completed_at`)}, ${row}.counts), 'UTF8'))`;

const micros = (sql: Sql | Transaction, column: Fragment): Fragment =>
  sql`trunc(extract(epoch from ${column}) * 1000000)`;

/** How many proofs were checked, and the persons, by digest, whose proof does not hold. */
export type ProofAudit = Readonly<{ checked: number; wrong: readonly string[] }>;

/**
 * Recomputes the proofs of a tenant's erasures and compares them with the chain and with the change
 * log.
 */
export const auditProofs = (sql: Sql, tenantId: string): Promise<ProofAudit> =>
  withPostgres(async () => {
    const rows = await sql<{ person: string; isRight: boolean }[]>`
      with chain as (
        select *, lag(proof) over (order by completed_at) as before from erasures
        where tenant_id = ${tenantId} and completed_at is not null
      ), logged as (
        select resource, after ->> 'proof' as proof from audit_log
        where tenant_id = ${tenantId} and action = 'customer.erased'
      )
      select coalesce(encode(person, 'hex'), resource) as person, coalesce(
        chain.proof = ${proofOf(sql, { row: sql`chain`, previous: sql`previous` })}
          and previous is not distinct from before and encode(chain.proof, 'hex') = logged.proof, false) as is_right
      from chain full join logged on resource = 'customers/' || encode(person, 'hex')`;
    const wrong = rows.filter(({ isRight }) => !isRight).map(({ person }) => person);
    return { checked: rows.length, wrong };
  });
