import type { Sql, Transaction } from './connect.ts';
import { withPostgres } from './postgres-error.ts';

/** A fact as it waits: what it says is the business of whoever publishes it. Its `time` comes back as a Date. */
export type OutboxFact = Readonly<{ id: string; time: Date }>;

/** Leaves facts in the transaction that makes them true, for commits that no redelivery would repeat. */
export const addToOutbox = async (
  sql: Transaction,
  facts: readonly OutboxFact[],
): Promise<void> => {
  if (facts.length === 0) return;
  await sql`
    insert into outbox (fact_id, fact)
    select * from unnest(
      ${facts.map(({ id }) => id)}::uuid[], ${facts.map((fact) => JSON.stringify(fact))}::text[]::jsonb[])
    on conflict (fact_id) do nothing`;
};

export type Outbox = Readonly<{
  /** Takes out what was published. Repeating is safe. */
  remove: (facts: readonly Pick<OutboxFact, 'id'>[]) => Promise<void>;
  /** Facts that wait for longer than `ageMs`, oldest first: their publisher did not come to publish them. */
  overdue: (ageMs: number, factsMax: number) => Promise<readonly OutboxFact[]>;
}>;

/** Facts that were committed and are not known to be out. */
export const outbox = (sql: Sql): Outbox => ({
  remove: async (facts) => {
    if (facts.length === 0) return;
    await withPostgres(
      async () => sql`delete from outbox where fact_id = any(${facts.map(({ id }) => id)}::uuid[])`,
    );
  },
  overdue: async (ageMs, factsMax) => {
    const rows = await withPostgres(
      async () => sql<{ fact: OutboxFact & { time: string } }[]>`
        select fact from outbox where created_at < now() - ${ageMs} * interval '1 millisecond'
        order by created_at limit ${factsMax}`,
    );
    return rows.map(({ fact }) => ({ ...fact, time: new Date(fact.time) }));
  },
});
