import { z } from 'zod';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import { identifier, tenantIdentifier } from '#shared/eventing/contracts/fields.ts';
import { derivedId } from '#shared/eventing/domain-event.ts';
import { line } from '#shared/runtime/http/body/body-fields.ts';

/** The path of a customer's wallets. */
export const customerPath = z.object({ tenantId: tenantIdentifier, customerId: identifier });

/** The path of a wallet. */
export const walletPath = customerPath.extend({
  program: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and dashes, at most 63')
    .describe('Every tenant has the program `points`'),
});

/** The path of a redemption. */
export const redemptionPath = walletPath.extend({
  redemptionId: z.uuid('must be the id of a redemption'),
});

/** The same in words, for the table of routes. */
export const walletsUrl = '/api/v1/tenants/{tenantId}/customers/{customerId}/wallets';

/**
 * Points that one request may move: what an order of the largest amount could earn at a point per
 * minor unit.
 */
const pointsMax = 1_000_000_000_000;

const isMissing = ({ input }: Readonly<{ input?: unknown }>) => input === undefined;

/** A whole number of points of a body. */
export const points = (minimum: number) => {
  const bounds = `must be a whole number from ${minimum} to ${pointsMax}`;
  const error = (issue: Readonly<{ input?: unknown }>) =>
    isMissing(issue) ? 'is missing' : bounds;
  return z.int({ error }).min(minimum, { error }).max(pointsMax, { error });
};

/** Points of a body that are given or taken. */
export const signedPoints = points(-pointsMax).refine((value) => value !== 0, 'must not be 0');

/** What the caller calls the request, for the statement. */
export const reference = line(200).optional().describe('Purpose, shown on the statement');

const isEntryNo = (text: string): boolean => /^[1-9]\d{0,15}$/.test(text);

const refusal = 'is not a valid cursor';

/** The nextCursor of a page, given back: the number of the entry that the next page ends before. */
export const cursor = z
  .string()
  .max(40, refusal)
  .transform((text) => Buffer.from(text, 'base64url').toString())
  .refine(isEntryNo, refusal)
  .transform(Number)
  .optional()
  .describe('nextCursor of the previous page');

/** A place in a statement as callers carry it around, without looking into it. */
export const writeCursor = (entryNo: number): string =>
  Buffer.from(String(entryNo)).toString('base64url');

type WalletRequest = Readonly<{ wallet: WalletKey; subject: string; key: string }>;

/**
 * A request about a wallet has one id per key, so that its effect is found if it is repeated after
 * a crash.
 */
export const requestId = (
  what: 'redemption' | 'transfer' | 'adjustment',
  { wallet: { tenantId, customerId, program }, subject, key }: WalletRequest,
): string => derivedId(what, tenantId, customerId, program, subject, key);

/** Names a request to this function in the ledger. */
export const causeOf = (id: string): string => `/guerdon/wallet-api ${id}`;
