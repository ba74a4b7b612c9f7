/**
 * A request under its idempotency key. A key is unique only together with the tenant and the
 * caller.
 */
export type RequestKey = Readonly<{ tenantId: string; subject: string; key: string }>;

/** A response as it was sent; replays return it byte for byte. */
export type RecordedAnswer = Readonly<{
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}>;

/**
 * The result of claiming a request: it is ours (`claimed`, to be completed or released under the
 * claim's id), in progress elsewhere (`in-flight`), completed before (`answered`), or its key was
 * used for a different request (`reused`).
 */
export type RequestClaim = Readonly<
  | { kind: 'claimed'; claimId: string }
  | { kind: 'in-flight' | 'reused' }
  | { kind: 'answered'; answer: RecordedAnswer }
>;
