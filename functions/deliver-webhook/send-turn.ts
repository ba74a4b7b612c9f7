import { randomUUID } from 'node:crypto';
import {
  type AttemptPlan,
  isOfEndpoint,
  planAttempt,
} from '#shared/domain/webhooks/plan-attempt.ts';
import type { Clock } from '#shared/runtime/host.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { SecretBox } from '#shared/runtime/secret-box.ts';
import type { Claimed, ClaimedDelivery } from '#shared/stores/postgres/webhooks/claim-due.ts';
import type { DeliveryStore } from '#shared/stores/postgres/webhooks/delivery-store.ts';
import type { Calling, CallResult } from './call-endpoint.ts';
import type { DisableEndpoint } from './disable-endpoint.ts';
import { attemptSeconds, attemptsTotal } from './metrics.ts';
import { requestPermission } from './request-permission.ts';
import { sendEvent } from './send-event.ts';

type Dependencies = Readonly<{
  store: Pick<DeliveryStore, 'claim' | 'complete' | 'activate'>;
  disable: DisableEndpoint;
  secrets: Pick<SecretBox, 'open'>;
  calling: Calling;
  clock: Clock;
  /** From 0 to 1, exclusive. */
  random: () => number;
  log: Logger;
}>;

/** Concurrent deliveries to an endpoint. */
const itemsMax = 4;

/** Far longer than an attempt: after it, another pod takes over from one that was killed. */
const leaseMs = 60_000;

/** How long an endpoint may fail without any success. */
const failingMsMax = 3 * 86_400_000;

type Attempted = Readonly<{
  delivery: ClaimedDelivery;
  /** When it began. */
  at: Date;
  called: CallResult;
  plan: AttemptPlan;
}>;

/**
 * Sends some of what is due to an endpoint and records the outcomes. Returns in how many
 * milliseconds more may be sent; undefined if nothing is left. Throws nothing: what was claimed is
 * due again after its lease, under the same id.
 */
export const sendTurn =
  (dependencies: Dependencies) =>
  async (webhookId: string): Promise<number | undefined> => {
    const { store, log } = dependencies;
    try {
      const lease = randomUUID();
      const claimed = await store.claim({ webhookId, lease, leaseMs, itemsMax });
      if (claimed === undefined) return undefined;
      const { deliveries, nextMs } = claimed;
      if (deliveries.length === 0) return nextMs;
      const attempted = await attempt(dependencies, claimed);
      return await record(dependencies, claimed, { lease, attempted });
    } catch (error) {
      log.error({ err: error, webhookId }, 'left deliveries of a webhook to the next tick');
      return undefined;
    }
  };

const attempt = (dependencies: Dependencies, claimed: Claimed): Promise<readonly Attempted[]> => {
  const { secrets, calling, clock, random } = dependencies;
  const { webhookId, url, sealedSecret, previousSealedSecret } = claimed;
  const valid = [sealedSecret, previousSealedSecret]
    .filter((sealed) => sealed !== undefined)
    .map((sealed) => secrets.open(sealed, webhookId));
  return Promise.all(
    claimed.deliveries.map(async (delivery): Promise<Attempted> => {
      const at = clock();
      const called = claimed.isPending
        ? await verify(dependencies, claimed)
        : await sendEvent(calling, { url, secrets: valid }, { ...delivery, now: at });
      const { result } = called;
      const { attempts, leftMs } = delivery;
      const { failures } = claimed;
      const now = clock();
      const plan = planAttempt({ result, attempts, failures, leftMs, now, random: random() });
      attemptsTotal.inc({ outcome: plan.kind });
      attemptSeconds.observe(called.ms / 1_000);
      return { delivery, at, called, plan };
    }),
  );
};

/** Requests permission, and activates an endpoint that grants it. */
const verify = async (
  { calling, store }: Dependencies,
  { webhookId, url }: Claimed,
): Promise<CallResult> => {
  const { permission, ...called } = await requestPermission(calling, url);
  if (permission !== undefined) await store.activate(webhookId, { url, ...permission });
  return called;
};

type Attempts = Readonly<{ lease: string; attempted: readonly Attempted[] }>;

const record = async (
  { store, disable }: Dependencies,
  claimed: Claimed,
  { lease, attempted }: Attempts,
): Promise<number | undefined> => {
  const { webhookId, url, isPending } = claimed;
  const plans = attempted.map(({ plan }) => plan);
  const hasSuccess = plans.some(({ kind }) => kind === 'delivered');
  const refusal = refusalIn(plans, isPending);
  // Disabled first: if this pod is killed in between, the delivery is still due, and so is this.
  if (refusal !== undefined) await disable(claimed, refusal);
  const { failingMs } = await store.complete({
    ...{ webhookId, url, lease, hasSuccess },
    outcomes: attempted.map(({ delivery: { eventId }, at, called, plan }) => ({
      ...{ eventId, ...nextOf(plan) },
      attempt: { at: at.toISOString(), ms: called.ms, ...shown(called) },
    })),
    endpointFailures: attempted.filter(({ called }) => isOfEndpoint(called.result)).length,
    pauseMs: Math.max(0, ...plans.map((plan) => ('pauseMs' in plan ? plan.pauseMs : 0))),
  });
  if (refusal !== undefined) return undefined;
  if (!isPending && failingMs > failingMsMax) {
    await disable(claimed, 'failing');
    return undefined;
  }
  // Deliveries that waited for permission are due.
  if (isPending && hasSuccess) return 0;
  return shortestWait(plans, claimed.nextMs);
};

const shortestWait = (
  plans: readonly AttemptPlan[],
  nextMs: number | undefined,
): number | undefined => {
  const retries = plans.flatMap((plan) => (plan.kind === 'retry' ? [plan.inMs] : []));
  const waits = [...retries, ...(nextMs === undefined ? [] : [nextMs])];
  return waits.length === 0 ? undefined : Math.min(...waits);
};

const nextOf = (plan: AttemptPlan) => {
  if (plan.kind === 'delivered') return { status: 'DELIVERED', inMs: 0 } as const;
  if (plan.kind === 'retry') return { status: 'PENDING', inMs: plan.inMs } as const;
  return { status: 'FAILED', inMs: 0 } as const;
};

const shown = ({ result }: CallResult) =>
  'status' in result ? { status: result.status } : { error: result.error };

/** Whether an endpoint refused deliveries for good. */
const refusalIn = (plans: readonly AttemptPlan[], isPending: boolean) => {
  if (plans.some(({ kind }) => kind === 'gone')) return 'gone';
  return isPending && plans.some(({ kind }) => kind === 'failed') ? 'handshake-failed' : undefined;
};
