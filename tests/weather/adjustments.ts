import { setTimeout as sleep } from 'node:timers/promises';
import type { Check } from '#scripts/demo/verdict.ts';
import type { Platform } from '#scripts/platform/start-platform.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { equal, weatherTenant } from './weather-campaign.ts';

/** Points that a client gives to one customer by hand, through wallet-api. */
export type Adjustment = Readonly<{ customerId: string; points: number }>;

const ATTEMPT_TIMEOUT_MS = 10_000;
const PAUSE_MS = 200;
/** Only ends a hanging run; an outage may last for most of it on a busy machine. */
const PATIENCE_MS = 900_000;

/** 409 while an earlier attempt is in progress, 408, 429, and errors of the server. */
const isWorthRepeating = (status: number): boolean =>
  status === 408 || status === 409 || status === 429 || status >= 500;

/**
 * Repeats a request to wallet-api under one Idempotency-Key until it is answered, as a careful
 * client does.
 * @throws Error for any other refusal, and if no attempt succeeds in time.
 */
const adjust = async (
  { knative }: Platform,
  token: string,
  { customerId, points }: Adjustment,
): Promise<void> => {
  const wallet = `/api/v1/tenants/${weatherTenant}/customers/${customerId}/wallets/points`;
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const answer = await fetch(`${knative.url('wallet-api')}${wallet}/adjustments`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': customerId,
      },
      body: JSON.stringify({ points, reason: 'weather' }),
      signal: AbortSignal.timeout(ATTEMPT_TIMEOUT_MS),
    }).catch(() => undefined);
    const text = await answer?.text().catch(() => undefined);
    if (answer?.ok) return;
    if (answer !== undefined && !isWorthRepeating(answer.status))
      throw new Error(`wallet-api answered ${answer.status}: ${text ?? ''}`);
    await sleep(PAUSE_MS);
  }
  throw new Error(`wallet-api did not acknowledge ${customerId} within ${PATIENCE_MS} ms`);
};

/** Makes adjustments one after the other, each until it is acknowledged. */
export const makeAdjustments = async (
  platform: Platform,
  adjustments: readonly Adjustment[],
): Promise<void> => {
  const token = await platform.tokenFor(weatherTenant);
  for (const each of adjustments) await adjust(platform, token, each);
};

/** Compares the ledger with the adjustments that were acknowledged. */
export const adjustmentChecks = async (
  sql: Sql,
  adjustments: readonly Adjustment[],
): Promise<readonly Check[]> => {
  const rows = await sql<{ customerId: string; points: number }[]>`
    select customer_id, points from points_ledger
    where tenant_id = ${weatherTenant} and kind = 'ADJUST'`;
  const found = new Map(rows.map(({ customerId, points }) => [customerId, points]));
  const right = adjustments.filter((each) => found.get(each.customerId) === each.points);
  return [
    equal('adjustments in the ledger', adjustments.length, rows.length),
    equal('adjustments of the right points', adjustments.length, right.length),
  ];
};
