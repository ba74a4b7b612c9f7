import { z } from 'zod';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import { identifier, slug } from '#shared/eventing/contracts/fields.ts';
import { derivedId } from '#shared/eventing/domain-event.ts';
import { line, whole } from '#shared/runtime/http/body/body-fields.ts';
import { cursorTo } from '#shared/runtime/http/requests/parameters.ts';

/** The path of a customer's wallets. */
export const customerPath = z.object({ tenantId: slug, customerId: identifier });

/** The path of a wallet. */
export const walletPath = customerPath.extend({
  program: slug.describe('Every tenant has the program `points`'),
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

/** A whole number of points of a body. */
export const points = (minimum: number) => whole(minimum, pointsMax);

/** Points of a body that are given or taken. */
export const signedPoints = points(-pointsMax).refine((value) => value !== 0, 'must not be 0');

/** What the caller calls the request, for the statement. */
export const reference = line(200).optional().describe('Purpose, shown on the statement');

/** The nextCursor of a page, given back: the number that the next page ends before. */
export const cursor = cursorTo(z.int().min(1));

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
