import { campaignTerms, createCampaigns } from '#scripts/bench/rows/campaigns/campaign-world.ts';
import type { Platform } from '#scripts/platform/start-platform.ts';
import { incentiveIdOf } from '#shared/eventing/domain-event.ts';
import { kafkaWriter } from '#shared/eventing/kafka/kafka-writer.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { readHops } from './read-hops.ts';
import { startClients } from './storm-clients.ts';

/** The functions between an action's record and its frame, and the one that counts its hits. */
export const stormServices = [
  'evaluate-campaign',
  'check-limit',
  'update-sketch',
  'push-notification',
  'connect-client',
  'store-dead-letter',
];

const tenantId = 'storm';
const action = 'ACT';
const userOf = (client: number): string => `u-${client}`;

/** Connected clients, and a campaign that gives an incentive for each action of their users. */
export type Storm = Awaited<ReturnType<typeof openStorm>>;

/** Creates the tenant with its campaign, and connects a client for each user. */
export const openStorm = async (platform: Platform, clientCount: number) => {
  const { brokers, knative } = platform;
  const databaseUrl = platform.services.postgres.url;
  const amounts = { modulus: 100, from: 0, to: 100 };
  const campaigns = [campaignTerms('Storm', { action, amounts, isQuest: false })];
  await createCampaigns(databaseUrl, { tenantId, actions: [action], campaigns });
  const sql = connectPostgres({ url: databaseUrl, max: 1 });
  const [campaign] = await sql<{ campaignId: string }[]>`
    select campaign_id from campaigns where tenant_id = ${tenantId}`;
  const campaignId = campaign?.campaignId ?? '';
  const users = Array.from({ length: clientCount }, (_, client) => userOf(client));
  const tokens = await Promise.all(users.map((user) => platform.tokenFor(tenantId, user)));
  const clients = await startClients({ url: knative.url('connect-client'), tokens });
  const writer = kafkaWriter({ brokers, clientId: 'storm' });
  return {
    platform,
    clients,
    clientCount,
    /** The incentive of an action. */
    incentiveOf: (eventId: string) => incentiveIdOf({ tenantId, campaignId }, { eventId }),
    /** Writes actions to their topic. */
    send: async (actions: readonly Readonly<{ eventId: string; client: number }>[]) => {
      const errors = await writer.write(actions.map(recordOf));
      const error = errors.find((each) => each !== undefined);
      if (error !== undefined) throw error;
    },
    /** Incentives that were issued for actions whose ids begin with a prefix. */
    issued: async (prefix: string): Promise<number> => {
      const [row] = await sql<{ issued: number }[]>`
        select count(*)::int as issued from incentives
        where tenant_id = ${tenantId} and status = 'ISSUED' and starts_with(event_id, ${prefix})`;
      return row?.issued ?? 0;
    },
    /** When all actions so far passed each hop. */
    hopTimes: () => readHops({ brokers, sql, tenantId }),
    close: async () => {
      await Promise.all([clients.close(), writer.close(), sql.end()]);
    },
  };
};

const recordOf = ({ eventId, client }: Readonly<{ eventId: string; client: number }>) => {
  const userId = userOf(client);
  const document = {
    ...{ eventId, tenantId, userId, action, occurredAt: new Date().toISOString() },
    payload: { amountMinor: 1, category: 'books' },
  };
  const value = JSON.stringify(document);
  const message = { key: `${tenantId}:${userId}`, value };
  return { topic: 'tenant-events', message, bytes: value.length + 200 };
};
