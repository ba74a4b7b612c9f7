import type { z } from 'zod';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { Board } from '#shared/domain/ranks/board.ts';
import type { Contract } from '#shared/eventing/contract.ts';
import { BalanceRowChanged, BoardRowChanged } from '#shared/eventing/contracts/row-changes.ts';
import type { TopicReader } from '#shared/eventing/kafka/topic-reader.ts';
import type { TopicRecord } from '#shared/eventing/kafka/topic-record.ts';
import type { BalanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import { visitTopic } from '../platform/topics/visit-topic.ts';

type Options = Readonly<{
  reader: TopicReader;
  cache: Pick<BalanceCache, 'writeThrough' | 'drop'>;
  boardsTopic?: string;
  balancesTopic?: string;
  onProgress?: (records: number) => void;
}>;

/**
 * Fills Redis from only the changelogs of boards and balances, without Postgres: every balance of
 * every program, and the live boards. A newer balance in the cache is kept, so this may run
 * concurrently with everything else, and repeatedly. What Postgres committed a moment ago may be
 * missing until its own write arrives.
 * @returns how many records of balances it read.
 * @throws Unavailable when Kafka or Redis is unavailable, and Error at a record that is no change.
 */
export const warmFromChangelog = async ({
  reader,
  cache,
  boardsTopic = BoardRowChanged.topic,
  balancesTopic = BalanceRowChanged.topic,
  onProgress = () => undefined,
}: Options): Promise<number> => {
  const boards = new Map<string, Board>();
  await visitTopic(reader, boardsTopic, (records) => {
    for (const [key, change] of changesIn(BoardRowChanged, records)) {
      if (change?.after) boards.set(key, toBoard(change.after));
      else boards.delete(key);
    }
    return Promise.resolve();
  });
  const byTenant = Map.groupBy(boards.values(), ({ tenantId }) => tenantId);

  let read = 0;
  await visitTopic(reader, balancesTopic, async (records) => {
    const written = new Map<string, Balance>();
    const deleted = new Map<string, WalletKey>();
    for (const [key, change] of changesIn(BalanceRowChanged, records)) {
      written.delete(key);
      deleted.delete(key);
      if (change?.after) written.set(key, toBalance(change.after));
      else deleted.set(key, toWallet(key));
    }
    await cache.drop([...deleted.values()]);
    await cache.writeThrough([...written.values()], (tenantId) => byTenant.get(tenantId) ?? []);
    read += records.length;
    onProgress(read);
  });
  return read;
};

const changesIn = <Schema extends z.ZodType>(
  { schema, topic }: Contract<Schema>,
  records: readonly TopicRecord[],
): readonly (readonly [key: string, change: z.output<Schema>])[] =>
  records.map(({ key, value, partition, offset }) => {
    const data: unknown = value === null ? undefined : JSON.parse(value.toString());
    const { success, data: change, error } = schema.safeParse(data);
    if (success) return [key?.toString() ?? '', change];
    const where = `Record ${offset} of partition ${partition} of ${topic}`;
    throw new Error(`${where} is not a change: ${error.message}`);
  });

type BoardRow = NonNullable<NonNullable<z.output<typeof BoardRowChanged.schema>>['after']>;
type BalanceRow = NonNullable<NonNullable<z.output<typeof BalanceRowChanged.schema>>['after']>;

const toBoard = ({ tenant_id: tenantId, board, tie_policy: tiePolicy }: BoardRow): Board => ({
  ...{ tenantId, board, tiePolicy },
});

const toBalance = ({
  tenant_id: tenantId,
  customer_id: customerId,
  reached_at: reachedAt,
  ...amounts
}: BalanceRow): Balance => ({ tenantId, customerId, ...amounts, reachedAt });

const toWallet = (key: string): WalletKey => {
  const { tenant_id, customer_id, program } = JSON.parse(key) as Record<string, string>;
  return {
    tenantId: String(tenant_id),
    customerId: String(customer_id),
    program: String(program),
  };
};
