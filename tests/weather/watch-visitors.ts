import type { Check } from '#scripts/demo/verdict.ts';
import type { Platform } from '#scripts/platform/start-platform.ts';
import { eventually } from '#scripts/services/eventually.ts';
import { connectClient } from '#shared/clients/connect-client.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { type Visit, weatherTenant } from './weather-campaign.ts';

/** The clients of visitors. */
export type VisitorWatch = Readonly<{
  /** How many frames all clients have received. */
  frames: () => number;
  /** Compares the frames with the incentives of the visitors, once all have arrived. */
  check: (sql: Sql) => Promise<Check>;
  close: () => void;
}>;

/** Only ends a hanging run. */
const patience = { timeoutMs: 300_000 };

/**
 * Connects a client for each visitor. With one frame in five, the client cuts its connection,
 * during whatever other fault occurs.
 */
export const watchVisitors = async (
  { knative, tokenFor }: Platform,
  visits: readonly Visit[],
  random: () => number,
): Promise<VisitorWatch> => {
  const users = [...new Set(visits.map(({ userId }) => userId))];
  const received: string[] = [];
  const connect = async (userId: string) => {
    const token = await tokenFor(weatherTenant, userId);
    const client = connectClient({
      url: knative.url('connect-client'),
      token: () => token,
      lastId: '0',
      waitMs: 10,
      waitMsMax: 500,
      onFrame: ({ incentiveId }) => {
        received.push(`${userId} ${String(incentiveId)}`);
        if (random() < 1 / 5) client.reconnect();
      },
    });
    return client;
  };
  const clients = await Promise.all(users.map(connect));
  return {
    frames: () => received.length,
    check: async (sql) => {
      const issued = await sql<{ userId: string; incentiveId: string }[]>`
        select user_id, incentive_id from incentives
        where tenant_id = ${weatherTenant} and user_id = any(${users}) and status = 'ISSUED'`;
      const expected = new Set(issued.map(({ userId, incentiveId }) => `${userId} ${incentiveId}`));
      // A client that reconnects gets what was not published at once; others, at the next
      // heartbeat.
      for (const { reconnect } of clients) reconnect();
      await eventually(() => received.length >= expected.size, patience);
      const found = new Set(received);
      const missing = [...expected].filter((each) => !found.has(each)).length;
      const foreign = [...found].filter((each) => !expected.has(each)).length;
      const repeated = received.length - found.size;
      return {
        name: 'each frame at its client once',
        ok: missing + foreign + repeated === 0,
        detail: `of ${expected.size}, ${missing} missing, ${repeated} repeated, ${foreign} at the wrong client`,
      };
    },
    close: () => {
      for (const { close } of clients) close();
    },
  };
};
