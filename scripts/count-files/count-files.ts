import { randomUUID } from 'node:crypto';
import { createReadyTopics } from '#scripts/services/create-ready-topics.ts';
import { CampaignQualified, CampaignsHit } from '#shared/eventing/contracts/campaigns.ts';
import { IncentiveGenerated } from '#shared/eventing/contracts/incentives.ts';
import { PointsAwarded } from '#shared/eventing/contracts/points-events.ts';
import { Kafka, logLevel } from '#shared/eventing/kafka/kafkajs.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { createServers } from '../bench/core/server.ts';
import { readTopic } from '../platform/topics/read-topic.ts';
import { type DeliveredEvent, observedFunction } from './observed-function.ts';
import { createSampleTenant } from './sample-tenant.ts';

/**
 * What is delivered: an order; an order of a program with tiers; an action that earns an incentive
 * that the tenant pays; an action that earns points in a wallet.
 */
type Delivered = 'plain order' | 'order with tiers' | 'action to incentive' | 'action to points';

/**
 * The maximum number of files per event: a reader who wants to know how it works opens as many.
 * docs/decisions/0054-files-of-a-delivery.md explains why they are not fewer.
 */
export const filesMax: Readonly<Record<Delivered, number>> = {
  'plain order': 30,
  'order with tiers': 45,
  'action to incentive': 45,
  'action to points': 51,
};

type Options = Readonly<{
  /** Where the processes keep their logs. */
  directory: string;
  /** A migrated database. */
  databaseUrl: string;
  redisUrl: string;
  brokers: readonly string[];
}>;

/**
 * Delivers one event of each kind to functions that run, and returns which of our TypeScript files
 * ran for it.
 */
export const countFiles = async ({
  directory,
  databaseUrl,
  redisUrl,
  brokers,
}: Options): Promise<Readonly<Record<Delivered, readonly string[]>>> => {
  const sql = connectPostgres({ url: databaseUrl, max: 1 });
  const environment = {
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    KAFKA_BROKERS: brokers.join(','),
  };
  const servers = createServers(directory);
  const start = (name: string) => observedFunction(servers, { name, environment });
  try {
    const tenantId = await createSampleTenant(sql);
    await createTopics(brokers);
    const [award, evaluate, check] = await Promise.all([
      start('award-points'),
      start('evaluate-campaign'),
      start('check-limit'),
    ]);
    const reward = async (code: string) => {
      const action = actionOf(tenantId, code);
      const evaluated = await evaluate.deliver(action);
      const checked = await check.deliver(await qualifiedBy(action, brokers));
      return [...new Set([...evaluated, ...checked])].toSorted();
    };
    return {
      'plain order': await ofOne(() => award.deliver(orderOf('default'))),
      'order with tiers': await ofOne(() => award.deliver(orderOf(tenantId))),
      'action to incentive': await ofOne(() => reward('REVIEW')),
      'action to points': await ofOne(() => reward('VISIT')),
    };
  } finally {
    await servers.stopAll();
    await sql.end();
  }
};

/**
 * The files of one delivery among several: the shortest list, since the first delivery also fills
 * caches and opens connections, and any of them may meet a timer or a retry.
 */
const ofOne = async (deliver: () => Promise<readonly string[]>): Promise<readonly string[]> => {
  const lists = [await deliver(), await deliver(), await deliver()];
  return lists.reduce((shortest, files) => (files.length < shortest.length ? files : shortest));
};

const createTopics = async (brokers: readonly string[]): Promise<void> => {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  const contracts = [PointsAwarded, CampaignsHit, CampaignQualified, IncentiveGenerated];
  const topics = contracts.map(({ topic }) => ({ topic }));
  await createReadyTopics(admin, topics);
  await admin.disconnect();
};

/** What a KafkaSource delivers for a record of plain JSON. */
const recordOf = (topic: string, value: object): DeliveredEvent => ({
  headers: {
    'ce-specversion': '1.0',
    'ce-type': 'dev.knative.kafka.event',
    'ce-source': `/apis/v1/namespaces/guerdon/kafkasources/${topic}#${topic}`,
    'ce-id': 'partition:0/offset:1',
    'ce-subject': 'partition:0#1',
    'ce-time': new Date().toISOString(),
    'content-type': 'application/json',
  },
  body: JSON.stringify(value),
});

const orderOf = (tenantId: string): DeliveredEvent =>
  recordOf('orders', { tenantId, orderId: randomUUID(), customerId: 'c-1', amount: '1250.50' });

const actionOf = (tenantId: string, action: string): DeliveredEvent =>
  recordOf('tenant-events', { tenantId, eventId: randomUUID(), userId: 'c-1', action });

/** What a KafkaSource delivers for the event that a campaign published for an action. */
const qualifiedBy = async (
  { body }: DeliveredEvent,
  brokers: readonly string[],
): Promise<DeliveredEvent> => {
  const { eventId } = JSON.parse(body) as { eventId: string };
  const records = await readTopic(brokers, CampaignQualified.topic);
  const found = records.find(({ value }) => String(value).includes(eventId));
  if (found === undefined) throw new Error(`${CampaignQualified.type} was not published`);
  const headers = Object.entries(found.headers ?? {}).map(([name, text]) => [
    name.replace('ce_', 'ce-'),
    String(text),
  ]);
  return {
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: String(found.value),
  };
};
