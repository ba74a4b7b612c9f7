import { z } from 'zod';
import type { EarningRule } from '#shared/domain/earning/earning-rule.ts';
import type { Program } from '#shared/domain/earning/program.ts';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import type {
  StatementLine,
  StatementPage,
} from '#shared/stores/postgres/wallets/read-statement.ts';
import { writeCursor } from './cursor.ts';
import { statementText } from './statement-text.ts';
import { traceOf } from './trace-of.ts';

const instant = z.iso.datetime();

const holdings = z.object({ points: z.int(), pending: z.int() });

const line = z.object({
  reference: z.string().describe('Unique among transactions of the same kind'),
  kind: z.string(),
  text: z.string().describe('Description'),
  bookedAt: instant.describe('When it was recorded'),
  valueAt: instant.describe('When it took effect; for an order, when it was placed'),
  points: z.int().describe("Change of the account's balance"),
  account: z.enum(['available', 'pending']).describe('Account that changed'),
  counterAccount: z.string().describe('Counterpart account'),
  balance: holdings.describe('Wallet balance afterwards'),
  lotId: z.uuid(),
  expiresAt: instant.nullable().describe('When these points expire; null: never'),
  orderId: z.string().nullable(),
  ruleVersion: z.int().nullable(),
  reason: z.string().nullable(),
  trace: z
    .array(z.object({ step: z.string(), says: z.string(), exact: z.string() }))
    .nullable()
    .describe("How an order's points were computed, step by step; null for other transactions"),
});

/** A page of a statement. */
export const statementAnswer = z
  .object({
    program: z.string(),
    unit: z.string(),
    opening: holdings.describe('Balance before the oldest transaction of the page'),
    closing: holdings.describe('Balance after the newest transaction of the page'),
    lines: z.array(line).describe('Newest first'),
    nextCursor: z
      .string()
      .nullable()
      .describe('Cursor of the next, older page; null on the last page'),
  })
  .meta({ id: 'Statement' });

/** Shows a page of a statement. */
export const showStatement = (
  { program, unit, rules }: Pick<Program, 'program' | 'unit' | 'rules'>,
  { lines, opening, closing, next }: StatementPage,
): z.output<typeof statementAnswer> => ({
  program,
  unit,
  opening,
  closing,
  lines: lines.map((one) => showLine(one, { unit, rules })),
  nextCursor: next === undefined ? null : writeCursor(next),
});

const showLine = (
  { entry, bookedAt, after }: StatementLine,
  { unit, rules }: Pick<Program, 'unit' | 'rules'>,
): z.output<typeof line> => ({
  reference: entry.causeId,
  kind: entry.kind,
  text: statementText(entry, unit),
  bookedAt: bookedAt.toISOString(),
  valueAt: entry.occurredAt.toISOString(),
  points: entry.points,
  account: entry.account,
  counterAccount: entry.counterAccount,
  balance: after,
  lotId: entry.lotId,
  expiresAt: entry.expiresAt?.toISOString() ?? null,
  orderId: entry.orderId ?? null,
  ruleVersion: entry.ruleVersion ?? null,
  reason: entry.reason ?? null,
  trace: showTrace(entry, rules),
});

const showTrace = (entry: LedgerEntry, rules: readonly EarningRule[]) => {
  const trace = traceOf(entry, rules);
  return trace === undefined ? null : [...trace];
};
