import { z } from 'zod';
import type { Program } from '#shared/domain/earning/program.ts';
import type { EarningRule } from '#shared/domain/earning/rating/earning-rule.ts';
import type { EntryKind, LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import { toMinorUnits } from '#shared/domain/money/minor-units.ts';
import { instant } from '#shared/eventing/contracts/fields.ts';
import { shownInstant } from '#shared/runtime/http/body/body-fields.ts';
import { nextCursor } from '#shared/runtime/http/requests/page.ts';
import { wholeNumber, writeCursor } from '#shared/runtime/http/requests/parameters.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type {
  StatementLine,
  StatementPage,
} from '#shared/stores/postgres/wallets/read-statement.ts';
import type { Dependencies } from './dependencies.ts';
import { traceOf } from './events.ts';
import { cursor, walletPath, walletsUrl } from './parameters.ts';
import { findProgram, programProblems } from './refuse.ts';

const linesMax = 1_000;

/**
 * GET …/statement: what happened in a wallet, line by line with the balance after each, page by
 * page into the past.
 */
export const getStatement = (dependencies: Pick<Dependencies, 'tenants' | 'reader'>) =>
  defineRoute({
    method: 'GET',
    path: `${walletsUrl}/{program}/statement`,
    id: 'getStatement',
    summary: "List a wallet's transactions with running balances",
    scope: 'wallet:read',
    params: walletPath,
    query: z.object({
      from: instant.optional().describe('Transactions recorded at or after this time'),
      to: instant.optional().describe('Transactions recorded before this time'),
      limit: wholeNumber(1, linesMax).default(100).describe('Page size'),
      cursor,
    }),
    response: statementAnswer,
    problems: {
      ...programProblems,
      410: 'Entries of the period have been archived; without `from`, the statement begins after them',
    },
    handle: async ({ params, query: { cursor: before, ...query } }) => {
      const { program } = await findProgram(dependencies, params);
      const page = await dependencies.reader.statement(params, { ...query, before });
      return showStatement(program, page);
    },
  });

const holdings = z.object({ points: z.int(), pending: z.int() });

const line = z.object({
  reference: z.string().describe('Unique among transactions of the same kind'),
  kind: z.string(),
  text: z.string().describe('Description'),
  bookedAt: shownInstant.describe('When it was recorded'),
  valueAt: shownInstant.describe('When it took effect; for an order, when it was placed'),
  points: z.int().describe("Change of the account's balance"),
  account: z.enum(['available', 'pending']).describe('Account that changed'),
  counterAccount: z.string().describe('Counterpart account'),
  balance: holdings.describe('Wallet balance afterwards'),
  lotId: z.uuid(),
  expiresAt: shownInstant.nullable().describe('When these points expire; null: never'),
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
    nextCursor,
  })
  .meta({ id: 'Statement' });

/** Shows a page of a statement. */
const showStatement = (
  { program, unit, rules }: Pick<Program, 'program' | 'unit' | 'rules'>,
  { lines, opening, closing, next }: StatementPage,
): z.output<typeof statementAnswer> => ({
  program,
  unit,
  opening,
  closing,
  lines: lines.map((one) => showLine(one, { unit, rules })),
  nextCursor: writeCursor(next),
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

type Describe = (entry: LedgerEntry, amount: string) => string;

const texts: Readonly<Record<EntryKind, Describe>> = {
  EARN: (entry, amount) => `Earned ${amount} with order ${entry.orderId}${pendingText(entry)}`,
  REVERSE: ({ orderId }, amount) => `Reversed ${amount} for a refund of order ${orderId}`,
  REVISE: ({ points, orderId }, amount) =>
    `${points < 0 ? 'Reversed' : 'Added'} ${amount}: order ${orderId} was rated again`,
  RELEASE: (_, amount) => `${amount} became available`,
  EXPIRE: (_, amount) => `${amount} expired`,
  REDEEM: ({ reason }, amount) => `Spent ${amount}${reason === undefined ? '' : `: ${reason}`}`,
  TRANSFER: ({ points, reason = '' }, amount) =>
    `${points < 0 ? 'Sent' : 'Received'} ${amount} ${reason}`,
  ADJUST: (entry, amount) => adjustmentText(entry, amount),
  REWARD: ({ reason = 'a campaign' }, amount) => `Received ${amount} from ${reason}`,
  REVOKE: ({ reason = 'a campaign' }, amount) => `Reversed ${amount} of ${reason}`,
};

/** Describes an entry in a sentence, for the customer's statement. */
export const statementText = (entry: LedgerEntry, unit: string): string =>
  texts[entry.kind](entry, amountText(Math.abs(entry.points), unit));

const pendingText = ({ account, availableAt, awaits }: LedgerEntry): string => {
  if (account === 'available') return '';
  if (awaits !== undefined) return `, available once it is ${awaits}`;
  return availableAt === undefined
    ? ', available later'
    : `, available from ${availableAt.toISOString()}`;
};

const adjustmentText = (
  { counterAccount, points, orderId, reason }: LedgerEntry,
  amount: string,
): string => {
  const taken =
    orderId === undefined
      ? `the reversed points of ${reason}`
      : `the points that order ${orderId} lost`;
  if (counterAccount === 'written-off')
    return `Wrote off ${amount} that had been spent, of ${taken}`;
  if (counterAccount === 'expired') return `Wrote off ${amount} that had expired, of ${taken}`;
  if (reason === undefined) return `Paid ${amount} of the debt with expiring points`;
  return `${points < 0 ? 'Debited' : 'Credited'} ${amount} by ${reason}`;
};

/** An amount of a program's unit: points, or money of a currency. */
const amountText = (amount: number, unit: string): string => {
  if (unit === 'POINTS') return `${amount} ${amount === 1 ? 'point' : 'points'}`;
  const hasMinorUnits = typeof toMinorUnits('0.01', unit) === 'number';
  if (!hasMinorUnits) return `${unit} ${amount}`;
  const digits = String(amount).padStart(3, '0');
  return `${unit} ${digits.slice(0, -2)}.${digits.slice(-2)}`;
};
