import { setTimeout as sleep } from 'node:timers/promises';
import { evaluateCampaign } from '#functions/evaluate-campaign/handler.ts';
import { ActionPerformed } from '#shared/eventing/contracts/tenant-events.ts';
import { campaignCache } from '#shared/rules/campaign-cache.ts';
import type { Delivery, EventHandler, Outcome } from '#shared/runtime/events/event-handler.ts';
import { createMicroBatch } from '#shared/runtime/events/micro-batch.ts';
import { campaignIndex } from '#shared/stores/postgres/campaigns/campaign-index.ts';
import { cohortMemberships } from '#shared/stores/postgres/cohorts/cohort-memberships.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { eventStore } from '#shared/stores/postgres/events/event-store.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { changeNotices } from '#shared/stores/redis/change-notices.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { campaignChannel } from '#shared/stores/redis/driver/keys.ts';
import { redisCircuit } from '#shared/stores/redis/driver/redis-availability.ts';
import { questCache } from '#shared/stores/redis/quest-cache.ts';
import { interleave, VoidRound } from '../core/rounds.ts';
import { type Bench, figuresOf, type Row } from '../core/row.ts';
import { type ActionStream, actionsOf } from '../load/action-requests.ts';
import { createLatencies } from '../load/latencies.ts';
import { campaignTerms, createCampaigns } from './campaigns/campaign-world.ts';
import { createStores } from './pipeline/create-stores.ts';

const action = 'PURCHASE';
const tenants = Array.from({ length: 20 }, (_, index) => `tenant-${index}`);
const [celebrity = ''] = tenants;
const ratePerSecond = 500;
/** Each tick sends the actions of a fifth of a second, those of the celebrity all at once. */
const tickMs = 200;
const itemsMax = 20;

/** One tenant with 80 % of the actions, in bursts, next to nineteen others. */
export const tenantsRow: Row = {
  name: 'tenants',
  summary:
    'how long actions of 19 tenants take while another has 80 % of the load, compared with an even load',
  needs: ['postgres', 'redis'],
  measure: async (bench) => {
    const { databaseUrl, redisUrl } = await createStores(bench);
    for (const tenantId of tenants) {
      const amounts = { modulus: 100, from: 0, to: 4 };
      const campaigns = [campaignTerms('Purchases', { action, amounts, isQuest: false })];
      await createCampaigns(databaseUrl, { tenantId, actions: [action], campaigns });
    }
    const sql = connectPostgres({ url: databaseUrl, max: 4 });
    const redis = connectRedis(redisUrl);
    const notices = changeNotices(redis, campaignChannel);
    const [handler] = evaluateCampaign({
      campaigns: campaignCache({ ...campaignIndex(sql), notices }),
      memberships: cohortMemberships(sql),
      events: eventStore(sql),
      outbox: outbox(sql),
      clock: () => new Date(),
      questCache: questCache(redis, redisCircuit()),
      batchItemsMax: itemsMax,
    });
    if (handler === undefined) throw new Error('evaluate-campaign has no handler');
    try {
      const rounds = await measureAll(bench, handler);
      return { figures: figures(rounds), voids: rounds.voids };
    } finally {
      await notices.close();
      await redis.quit();
      await sql.end();
    }
  },
};

type Load = Readonly<{ share: number; isFair: boolean; seconds: number }>;

let streams = 0;

/** Evaluates a paced stream of actions in one process; the latency is that of the other tenants. */
const play = async (
  { handle }: EventHandler,
  { share, isFair, seconds }: Load,
): Promise<{ p50: number; p95: number }> => {
  const { add } = createMicroBatch<Delivery<unknown>, Outcome>({
    ...{ itemsMax, flushesMax: 2, waitingMax: 10_000, flush: handle },
    ...(isFair && { ownerOf: ({ data }) => (data as { tenantId: string }).tenantId }),
  });
  const latencies = createLatencies(ratePerSecond * seconds);
  streams += 1;
  const perTick = (ratePerSecond * tickMs) / 1_000;
  const answers: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let tick = 0; tick < (seconds * 1_000) / tickMs; tick += 1) {
    const dueAt = startedAt + tick * tickMs;
    await sleep(Math.max(0, dueAt - performance.now()));
    const common = { action, occurredAt: new Date().toISOString(), seed: tick };
    const ofCelebrity = Math.round(perTick * share);
    const send = (stream: Pick<ActionStream, 'tenantId' | 'actions'>) => {
      const prefix = `${streams}-${tick}-${stream.tenantId}`;
      for (const data of actionsOf({ ...common, ...stream, prefix })) {
        const event = { id: data.eventId, source: '/bench', type: ActionPerformed.type };
        const delivery = { event: { ...event, extensions: {}, data }, data: parsed(data) };
        const answer = add(delivery).then((outcome) => {
          if (outcome instanceof Error) throw outcome;
          if (stream.tenantId !== celebrity) latencies.add(performance.now() - dueAt);
        });
        answers.push(answer);
      }
    };
    send({ tenantId: celebrity, actions: ofCelebrity });
    const others = tenants.slice(1);
    const ofOthers = perTick - ofCelebrity;
    for (let index = 0; index < ofOthers; index += 1)
      send({ tenantId: others[(tick * ofOthers + index) % others.length] ?? '', actions: 1 });
  }
  const failed = (await Promise.allSettled(answers)).find(({ status }) => status === 'rejected');
  if (failed !== undefined) throw new VoidRound('an action failed', { cause: failed });
  return latencies.percentiles();
};

const parsed = (data: unknown): unknown => ActionPerformed.schema.parse(data);

const measureAll = (bench: Bench, handler: EventHandler) => {
  const seconds = bench.quick ? 2 : 15;
  return interleave({
    variants: {
      even: () => play(handler, { share: 1 / tenants.length, isFair: true, seconds }),
      celebrity: () => play(handler, { share: 0.8, isFair: true, seconds }),
      arrivalOrder: () => play(handler, { share: 0.8, isFair: false, seconds }),
    },
    rounds: bench.quick ? 1 : 3,
    log: bench.log,
  });
};

const figures = (
  rounds: Parameters<typeof figuresOf<'even' | 'celebrity' | 'arrivalOrder'>>[1],
) => {
  const ms = { unit: 'ms', of: 'p95' } as const;
  return figuresOf('tenants', rounds, [
    {
      ...ms,
      figure: 'an action of the others while one tenant has 80 %, p95',
      variant: 'celebrity',
      baseline: { name: 'even load', variant: 'even' },
      target: [{ of: 'ratio', atMost: 1.5 }],
    },
    {
      ...ms,
      figure: 'the same with batches in the order of arrival, p95',
      variant: 'arrivalOrder',
      baseline: { name: 'even load', variant: 'even' },
    },
  ]);
};
