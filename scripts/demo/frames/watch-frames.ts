import { connectClient } from '#shared/clients/connect-client.ts';
import type { ActionDocument } from '../../actions/generate-actions.ts';
import type { OrderRecord } from '../../orders/order-record.ts';

/** A frame as its user's client received it. */
type ReceivedFrame = Readonly<{ userId: string; incentiveId: string; atMs: number }>;

/** The clients of users, and what they have received so far. */
export type FrameWatch = Readonly<{
  clients: number;
  received: readonly ReceivedFrame[];
  close: () => void;
}>;

type Options = Readonly<{
  url: string;
  tokenOf: (userId: string) => Promise<string>;
  /** Actions: each of their users gets a client. */
  records: readonly OrderRecord[];
}>;

/** Connects a client for each user of the actions, and resolves when all are open. */
export const watchFrames = async ({ url, tokenOf, records }: Options): Promise<FrameWatch> => {
  const received: ReceivedFrame[] = [];
  const connect = async (userId: string) => {
    const token = await tokenOf(userId);
    const opened = Promise.withResolvers<undefined>();
    const client = connectClient({
      url,
      token: () => token,
      onFrame: ({ type, incentiveId }) => {
        if (type === 'INCENTIVE_NOTIFICATION')
          received.push({ userId, incentiveId: String(incentiveId), atMs: Date.now() });
      },
      onState: (state) => {
        if (state === 'open') opened.resolve(undefined);
      },
    });
    await opened.promise;
    return client;
  };
  const clients = await Promise.all([...usersOf(records)].map(connect));
  return {
    clients: clients.length,
    received,
    close: () => {
      for (const client of clients) client.close();
    },
  };
};

const usersOf = (records: readonly OrderRecord[]): ReadonlySet<string> =>
  new Set(
    records
      .filter(({ kind }) => kind === 'order')
      .map(({ value }) => (JSON.parse(String(value)) as ActionDocument).userId),
  );
