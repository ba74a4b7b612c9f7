import type { Fragment } from 'postgres';
import type { Transaction } from '../driver/connect.ts';

/** One example of a value that differs from an independent calculation; there may be more. */
export type Discrepancy = Readonly<{
  tenantId: string;
  /** Its subject: program and order, program and customer, a lot, a redemption. */
  subject: string;
  recorded: string;
  recomputed: string;
}>;

/** How much one check examined, and what was wrong: the total number, and the first examples. */
export type AuditResult = Readonly<{
  examined: number;
  wrong: number;
  examples: readonly Discrepancy[];
}>;

/** Examples kept per check. */
export const examplesMax = 10;

/**
 * Counts what a query finds wrong and shows the first of it. The query has the columns tenant_id,
 * subject, recorded, recomputed and is_wrong; its texts are only made for what is shown.
 */
export const audit = async (tx: Transaction, rated: () => Fragment): Promise<AuditResult> => {
  const [count] = await tx<Omit<AuditResult, 'examples'>[]>`
    select count(*) as examined, count(*) filter (where is_wrong) as wrong from (${rated()}) rated`;
  const { examined, wrong } = count ?? { examined: 0, wrong: 0 };
  if (wrong === 0) return { examined, wrong, examples: [] };
  const examples = await tx<Discrepancy[]>`
    select tenant_id, subject, recorded, recomputed from (${rated()}) rated
    where is_wrong order by tenant_id, subject limit ${examplesMax}`;
  return { examined, wrong, examples: [...examples] };
};

/** The result of several checks of one kind. */
export const addUp = (results: readonly AuditResult[]): AuditResult => ({
  examined: results.reduce((sum, { examined }) => sum + examined, 0),
  wrong: results.reduce((sum, { wrong }) => sum + wrong, 0),
  examples: results.flatMap(({ examples }) => examples).slice(0, examplesMax),
});
