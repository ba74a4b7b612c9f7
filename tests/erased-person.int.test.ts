/**
 * Everything that is stored about a person through the functions is gone once the person is erased,
 * and nothing that is delivered again, is in flight, or arrives later brings it back.
 */

import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { routes as cmsRoutes } from '#functions/cms-api/routes.ts';
import { stores as cmsStores } from '#functions/cms-api/stores.ts';
import { consequences } from '#functions/evaluate-campaign/outcome.ts';
import { completeErasures } from '#functions/reconcile-rewards/complete-erasures.ts';
import { updateCohorts } from '#functions/update-cohort/handler.ts';
import { knownCohorts } from '#functions/update-cohort/known-cohorts.ts';
import type { CampaignTerms } from '#shared/domain/campaigns/campaign.ts';
import type { Contract } from '#shared/eventing/contract.ts';
import { ActionPerformed } from '#shared/eventing/contracts/tenant-events.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import { completeErasure, erasePerson } from '#shared/stores/erase-person.ts';
import {
  insertCampaign,
  updateCampaign,
} from '#shared/stores/postgres/campaigns/write-campaign.ts';
import { realTimeCohorts } from '#shared/stores/postgres/cohorts/real-time-cohorts.ts';
import { realTimeMembers } from '#shared/stores/postgres/cohorts/real-time-members.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { inTransaction } from '#shared/stores/postgres/driver/transaction.ts';
import { recordEvents } from '#shared/stores/postgres/events/record-events.ts';
import { pushSettings } from '#shared/stores/postgres/inbox/push-settings.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { auditProofs } from '#shared/stores/postgres/privacy/erasure-proof.ts';
import { erasures } from '#shared/stores/postgres/privacy/erasures.ts';
import { forgetPerson } from '#shared/stores/redis/person-cache.ts';
import { deliveryOf, eventsOf } from '#shared/testing/deliver.ts';
import { actionEvent, questTerms, simpleTerms } from '#shared/testing/worlds/campaigns.ts';
import { cmsWorld } from '#shared/testing/worlds/cms-world.ts';
import { eventFunctions } from './event-functions.ts';

const tenantId = 'acme';
/** Phones are not notified of what is over by the clock. */
const clock = () => new Date();
const { ask, get, post, sql, redis, base } = await cmsWorld((clients) =>
  cmsRoutes({ ...cmsStores(clients), clock: clients.clock }),
);
const handlers = [
  ...Object.values(eventFunctions({ sql, redis, clock })).flat(),
  ...updateCohorts({
    cohorts: knownCohorts(realTimeCohorts(sql)),
    members: realTimeMembers(sql),
    ...{ outbox: outbox(sql), clock, batchItemsMax: 20 },
  }),
];

type Record = Readonly<{ contract: Contract; id: string; data: unknown }>;

/**
 * Delivers a record to every function that consumes it, and the events that they publish to the
 * next ones.
 */
const deliver = async (record: Record): Promise<readonly Record[]> => {
  const delivered = [record];
  for (const each of delivered) delivered.push(...(await handle(each)));
  return delivered;
};

/** What the functions that take a record publish for others. */
const handle = async ({ contract, id, data }: Record): Promise<readonly Record[]> => {
  const takers = handlers.filter((each) => each.contract.type === contract.type);
  const next: Record[] = [];
  for (const handler of takers) {
    const parsed = deliveryOf(handler.contract, data, { id, time: clock().toISOString() });
    const events = (await handler.handle([parsed])).flatMap(eventsOf);
    await handler.published?.(events);
    next.push(...events.flatMap(toRecord));
  }
  return next;
};

const toRecord = ({ type, id, data }: DomainEvent): readonly Record[] =>
  handlers
    .filter(({ contract }) => contract.type === type)
    .slice(0, 1)
    .map(({ contract }) => ({ contract, id, data }));

await post(`${base}/programs`, { program: 'points', name: 'Points' });
const createCampaign = async (terms: CampaignTerms): Promise<void> => {
  const campaignId = randomUUID();
  await inTransaction(sql, async (tx) => {
    await insertCampaign(tx, { tenantId, campaignId }, { terms, subject: 'test' });
    await updateCampaign(tx, { campaignId }, { status: 'ACTIVE', subject: 'test' });
  });
};
const visit = { action: 'VISIT', count: 2, name: 'twice' };
const window = { startAt: new Date('2026-01-01'), endAt: new Date('2999-01-01') };
await createCampaign(simpleTerms({ ...window, rule: { action: 'PURCHASE' } }));
await createCampaign({ ...questTerms({ order: 'ordered', steps: [visit] }), ...window });
const fields = { amountMinor: { type: 'int', required: true } };
await ask('PUT', `${base}/actions/PURCHASE`, { body: { description: 'A purchase', fields } });
await post('/api/v1/cohorts', {
  ...{ cohort: 'buyers', name: 'Buyers', kind: 'REAL_TIME' },
  rules: { add: [{ action: 'PURCHASE' }], remove: [] },
});
await sql`
  insert into webhooks (webhook_id, tenant_id, url, event_types, status, secret, created_by)
  values (${randomUUID()}, ${tenantId}, 'https://example.com', '{*}', 'ACTIVE', '', 'ann')`;

const settled = erasures(sql, { settleMs: 0 });
const stores = { erasures: settled, forget: forgetPerson(redis) };
const reconcile = () =>
  completeErasures({
    erasures: settled,
    completeErasure: (person) => completeErasure(stores, person),
    isOver: () => false,
  });

/** A person with strings of their own, about whom every function has stored something. */
const newPerson = async () => {
  const mark = randomUUID();
  const personId = `u-${mark}`;
  const start = Date.now() - 60_000;
  const canary = `canary-${mark}`;
  const userId = personId;
  const actions = [
    { action: 'PURCHASE', payload: { amountMinor: 1, category: 'x', name: `Asha ${canary}` } },
    { action: 'VISIT', payload: { phone: `+91 ${canary}` } },
    { action: 'VISIT', payload: { email: `${canary}@example.com` } },
    { action: 'VISIT', payload: { email: `${canary}@example.com` } },
  ].map((action, index) => ({
    ...{ tenantId, userId, ...action, eventId: `e-${index}-${mark}`, contact: { canary } },
    occurredAt: new Date(start + index * 1_000).toISOString(),
  }));
  await pushSettings(sql).addDevice({ tenantId, userId }, { platform: 'ios', token: canary });
  await pushSettings(sql).storePreferences({ tenantId, userId }, { isOff: true } as never);
  const records: Record[] = [];
  for (const data of actions)
    records.push(...(await deliver({ contract: ActionPerformed, id: randomUUID(), data })));
  await sql`
    insert into cohort_members (tenant_id, customer_id, cohort, since)
    values (${tenantId}, ${personId}, 'vip', now() - interval '1 day')`;
  return { person: { tenantId, personId }, canary, records };
};

/** The tables, partitions excluded, that contain a text. */
const tablesWith = async (text: string): Promise<readonly string[]> => {
  const tables = await sql<{ name: string }[]>`
    select relname as name from pg_class
    where relkind in ('r', 'p') and not relispartition and relnamespace = current_schema::regnamespace
    order by relname`;
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await sql`
      select from ${sql(name)} row where position(${text} in row::text) > 0 limit 1`;
    if (rows.length > 0) found.push(name);
  }
  return found;
};

/** The keys of Redis, of any type, that have a text in their name or content. */
const keysWith = async (text: string): Promise<readonly string[]> => {
  const found: string[] = [];
  for (const key of await redis.keys('*')) {
    const content = await redis.dumpBuffer(key);
    if (key.includes(text) || content.includes(text)) found.push(key);
  }
  return found;
};

const pointsOf = async (personId: string): Promise<number | undefined> => {
  const [row] = await sql<{ points: number }[]>`
    select points from points_balances where customer_id = ${personId}`;
  return row?.points;
};

/**
 * What stays under the id of an erased person: balances, and which effect was given for which
 * cause.
 */
const keptTables = [
  ...['account_sums', 'cohort_members', 'events', 'event_keys', 'incentive_event_log'],
  ...['incentives', 'ledger_keys', 'limit_locks', 'limit_usage', 'points_balances'],
  ...['points_ledger', 'quest_completions', 'usage_sums', 'audit_log', 'unwritten_balances'],
  // Rows that lock a quest, without progress.
  'quest_progress',
];

describe('an erased person', () => {
  it('leaves nothing personal in any table or key, and redelivery brings nothing back', async () => {
    const { person, canary, records } = await newPerson();
    const { personId } = person;
    const url = `${base}/customers/${personId}`;
    expect(await tablesWith(canary)).toEqual(['events', 'push_devices']);
    expect(await tablesWith(personId)).toEqual(
      expect.arrayContaining([
        ...['inbox_messages', 'mobile_pushes', 'real_time_members', 'user_aggregations', 'users'],
      ]),
    );
    expect(
      await sql`
      select from webhook_deliveries where delivery_persons(body) @> array[${personId}]`,
    ).not.toHaveLength(0);
    expect((await keysWith(personId)).join()).toContain('inbox:');
    const points = await pointsOf(personId);
    expect(points).toBe(100);

    const { body: exported } = await get(`${url}/export?limit=1000`);
    expect(JSON.stringify(exported)).toContain(canary);
    expect(JSON.stringify(exported)).toContain('"real_time_members"');

    const requested = await ask('DELETE', url);
    expect(requested).toMatchObject({ status: 202, body: { status: 'PENDING', proof: null } });
    expect(await tablesWith(canary)).toEqual([]);
    expect(await keysWith(canary)).toEqual([]);
    await reconcile();
    const { body } = await get(`${url}/erasure`);
    expect(body).toMatchObject({
      ...{ status: 'COMPLETED', requestedBy: 'ann' },
      counts: { events: 4, push_devices: 1, inbox_messages: 2, user_aggregations: 3, users: 1 },
    });
    expect(await ask('DELETE', url)).toMatchObject({ status: 200, body });

    // As when a month is restored from its file.
    await sql`update events set payload = ${sql.json({ canary })} where user_id = ${personId}`;
    expect(await ask('DELETE', url)).toMatchObject({ status: 200, body });
    const check = async () => {
      expect(await tablesWith(canary)).toEqual([]);
      expect(await keysWith(canary)).toEqual([]);
      const left = await tablesWith(personId);
      expect(left.filter((table) => !keptTables.includes(table))).toEqual([]);
      expect(await keysWith(`inbox:{${tenantId}:${personId}`)).toEqual([]);
      expect(await pointsOf(personId)).toBe(points);
    };
    await check();
    for (const record of records) await deliver(record);
    await check();

    // The producer sends the same id with other content, and something new.
    const [first] = records;
    const changed = { ...(first!.data as object), payload: { amountMinor: 2, category: canary } };
    await deliver({ contract: ActionPerformed, id: randomUUID(), data: changed });
    const later = { ...changed, eventId: `later-${personId}` };
    expect(
      await deliver({ contract: ActionPerformed, id: randomUUID(), data: later }),
    ).toHaveLength(1);
    const device = { platform: 'ios', token: canary } as const;
    expect(await pushSettings(sql).addDevice({ tenantId, userId: personId }, device)).toBe(false);
    await sql`
      insert into cohort_members (tenant_id, customer_id, cohort, since)
      values (${tenantId}, ${personId}, 'vip', now())`;
    await check();
    expect(await auditProofs(sql, tenantId)).toMatchObject({ wrong: [] });
  });

  it('is erased once, wherever pods die and however many erase at once', async () => {
    const { person, canary } = await newPerson();
    await settled.request(person, 'ann');
    for (let steps = 0; ; steps += 1) {
      const dying = erasures(dyingAfter(sql, steps), { rowsMax: 1 });
      const isDead = await erasePerson({ ...stores, erasures: dying }, person).then(
        () => false,
        () => true,
      );
      if (!isDead) break;
      await Promise.all(
        [1, 2, 3].map(() =>
          erasures(sql, { rowsMax: 1 })
            .sweep(person)
            .catch(() => undefined),
        ),
      );
    }
    await Promise.all([completeErasure(stores, person), completeErasure(stores, person)]);
    expect(await tablesWith(canary)).toEqual([]);
    const done = await settled.find(person);
    expect(done?.counts).toMatchObject({ events: 4, push_devices: 1, inbox_messages: 2 });
    expect(await auditProofs(sql, tenantId)).toMatchObject({ wrong: [] });
  });

  it('is not completed while a transaction that began before it may write', async () => {
    const { person } = await newPerson();
    const { personId: userId } = person;
    const secret = `in-flight-${randomUUID()}`;
    const event = actionEvent({ tenantId, userId, eventId: secret, payload: { secret } });
    const evaluated = { event, decisions: [], entitlements: [], quests: [] };
    await inTransaction(sql, async (tx) => {
      await recordEvents(tx, [evaluated], consequences);
      await settled.request(person, 'ann');
      expect(await completeErasure(stores, person)).toBe(false);
    });
    expect(await tablesWith(`"${secret}"`)).toEqual(['events']);
    expect(await completeErasure(stores, person)).toBe(true);
    const [row] = await sql`select payload from events where event_id = ${secret}`;
    expect(row).toEqual({ payload: {} });
  });

  it('has a proof that shows whether any erasure was changed, removed or added', async () => {
    expect((await auditProofs(sql, tenantId)).checked).toBeGreaterThan(2);
    const broken = async (change: (tx: Sql) => Promise<unknown>) => {
      const undone = new Error('undone');
      let wrong: readonly string[] = [];
      await sql
        .begin(async (tx) => {
          await change(tx as unknown as Sql);
          ({ wrong } = await auditProofs(tx as unknown as Sql, tenantId));
          throw undone;
        })
        .catch((error: unknown) => expect(error).toBe(undone));
      return wrong.length;
    };
    expect(await broken((tx) => tx`update erasures set counts = '{}'`)).toBeGreaterThan(0);
    expect(
      await broken(
        (tx) => tx`
          delete from erasures where completed_at = (select max(completed_at) from erasures)`,
      ),
    ).toBe(1);
    expect(await broken((tx) => tx`select`)).toBe(0);
  });
});

/** A client whose process dies at the beginning of its n-th transaction. */
const dyingAfter = (client: Sql, transactions: number): Sql => {
  let begun = 0;
  const begin = (...parts: readonly unknown[]): unknown => {
    begun += 1;
    if (begun > transactions) return Promise.reject(new Error('the process died'));
    return (client.begin as (...given: readonly unknown[]) => unknown)(...parts);
  };
  return new Proxy(client, {
    get: (target, name): unknown => (name === 'begin' ? begin : Reflect.get(target, name)),
  });
};
