import type { OrderRecord } from '../orders/order-record.ts';
import { logNormal, seededRandom, zipf } from '../orders/random.ts';
import { refusableAction } from './refusable-actions.ts';

type Options = Readonly<{
  seed: number;
  tenantId: string;
  /** Records in all. */
  records: number;
  users: number;
  /** When the first action happened, and how long all of them take. */
  firstAt: Date;
  spanMs: number;
  /** Share of records that repeat an earlier action. */
  duplicateShare?: number;
  /** Records that must be refused, spread evenly. */
  refusable?: number;
  /** Prefix of the event ids, so that two streams share none. */
  prefix?: string;
}>;

/** An action as an app writes it to `tenant-events`. */
export type ActionDocument = Readonly<{
  eventId: string;
  tenantId: string;
  userId: string;
  action: 'CHECK_IN' | 'WATCH_VIDEO' | 'PURCHASE';
  occurredAt: string;
  payload: Readonly<Record<string, string | number>>;
}>;

/** How far a record may be moved from its place, so that records are not in order. */
const disorder = 40;

/**
 * Makes actions like an app's: Zipf users who check in, watch videos and buy, some actions sent
 * twice, a few broken, all of them a little out of order. The same options always make the same
 * records.
 */
export const generateActions = (options: Options): readonly OrderRecord[] => {
  const { records, refusable = 0 } = options;
  const random = seededRandom(options.seed);
  const next = actionMaker(options, random);
  const repeat = repeater(options, random);
  const everyRefusable = Math.floor(records / refusable);
  const made: OrderRecord[] = [];
  let refused = 0;
  for (let number = 1; number <= records; number += 1) {
    if (refused < refusable && number % everyRefusable === 0) {
      made.push(refusableAction(refused++, options.tenantId));
      continue;
    }
    made.push(repeat(made) ?? next(number));
  }
  return stir(made, random);
};

/** Now and then an earlier action once more. */
const repeater =
  ({ duplicateShare = 0.02 }: Options, random: () => number) =>
  (made: readonly OrderRecord[]): OrderRecord | undefined => {
    if (random() >= duplicateShare) return undefined;
    const original = made[Math.floor(random() * made.length)];
    return original?.kind === 'order' ? { ...original, kind: 'duplicate' } : undefined;
  };

const stir = (records: readonly OrderRecord[], random: () => number): readonly OrderRecord[] =>
  records
    .map((record, index) => ({ record, place: index + random() * disorder }))
    .sort((one, other) => one.place - other.place)
    .map(({ record }) => record);

const actionMaker = (
  { tenantId, users, prefix = 'e', firstAt, spanMs, records }: Options,
  random: () => number,
) => {
  const nextUser = zipf(users, random);
  const nextAmount = logNormal(80_000, 1, random);
  const pick = <Item>(items: readonly Item[]): Item =>
    items[Math.floor(random() * items.length)] as Item;
  return (number: number): OrderRecord => {
    const action = pick(['CHECK_IN', 'WATCH_VIDEO', 'WATCH_VIDEO', 'PURCHASE'] as const);
    const payloads = {
      CHECK_IN: () => ({ store: pick(['north', 'south']) }),
      WATCH_VIDEO: () => ({
        seconds: Math.floor(random() * 600),
        genre: pick(['news', 'sport', 'film']),
      }),
      PURCHASE: () => ({
        amountMinor: Math.max(100, Math.round(nextAmount())),
        category: pick(['books', 'music', 'games', 'food']),
      }),
    };
    const document: ActionDocument = {
      eventId: `${prefix}-${number}`,
      tenantId,
      userId: `u-${String(nextUser() + 1).padStart(5, '0')}`,
      action,
      occurredAt: new Date(
        firstAt.getTime() + Math.floor((spanMs * number) / records),
      ).toISOString(),
      payload: payloads[action](),
    };
    // By tenant and user, so that one large tenant is spread over the partitions.
    return {
      key: `${tenantId}:${document.userId}`,
      value: Buffer.from(JSON.stringify(document)),
      kind: 'order',
    };
  };
};
