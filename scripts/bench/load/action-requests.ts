import { seededRandom } from '#scripts/orders/random.ts';
import { recordRequest } from './record-request.ts';

/** Which actions to send. The same description always gives the same actions. */
export type ActionStream = Readonly<{
  seed: number;
  actions: number;
  tenantId: string;
  action: string;
  /** How many users act; 5,000 by default. */
  users?: number;
  /** Prefix of the event ids: no two streams to the same database share one. */
  prefix: string;
  /** An ISO instant. */
  occurredAt: string;
}>;

const categories = ['books', 'music', 'games', 'food'] as const;

/** The actions of a stream, in the order in which they are sent. */
export const actionsOf = ({ seed, actions, prefix, users = 5_000, ...common }: ActionStream) => {
  const random = seededRandom(seed);
  const below = (bound: number) => Math.floor(random() * bound);
  return Array.from({ length: actions }, (_, number) => ({
    ...common,
    eventId: `${prefix}-${number}`,
    userId: `u-${below(users)}`,
    payload: { amountMinor: below(1_000_000), category: categories[below(4)] ?? 'food' },
  }));
};

/** Makes the requests that a KafkaSource sends for these actions. */
export const makeRequests = (stream: ActionStream): Buffer[] =>
  actionsOf(stream).map((action, offset) =>
    recordRequest({
      ...{ host: 'evaluate-campaign', topic: 'tenant-events', offset },
      key: `${action.tenantId}:${action.userId}`,
      time: action.occurredAt,
      body: JSON.stringify(action),
    }),
  );
