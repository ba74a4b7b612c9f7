/**
 * A request as its sender names it: a key is unique only together with the tenant and the caller
 * who made it up.
 */
export type RequestKey = Readonly<{ tenantId: string; subject: string; key: string }>;

/** An answer as it went out: what is replayed is this, byte for byte. */
export type RecordedAnswer = Readonly<{
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}>;

/**
 * The result of claiming a request: it is ours (`claimed`, to be completed or released under the
 * claim's id), another's right now (`in-flight`), completed before (`answered`), or its key was
 * used for a different request (`reused`).
 */
export type RequestClaim = Readonly<
  | { kind: 'claimed'; claimId: string }
  | { kind: 'in-flight' | 'reused' }
  | { kind: 'answered'; answer: RecordedAnswer }
>;
