import { Unavailable } from '#shared/domain/errors.ts';
import type { Sql, Transaction } from './connect.ts';

/**
 * Runs work in one transaction of a mode, such as `read only`, as the driver does, and survives the
 * loss of its connection: then it throws the driver's error.
 *
 * The driver (3.4.9) sends a rollback or commit after the work even where the connection is gone,
 * which throws where nobody can catch it and ends the process. So work that has lost its connection
 * never ends for the driver, which by then has rejected of itself.
 *
 * The driver would also send later statements of such work on whatever connection took the place of
 * the lost one, outside any transaction or inside another's. They are refused here.
 */
export const beginTransaction = async <Result>(
  sql: Sql,
  work: (transaction: Transaction) => Promise<Result>,
  mode = '',
): Promise<Result> => {
  let isLost = false;
  const never = () => new Promise<never>(() => undefined);
  try {
    return (await sql.begin(mode, async (transaction) => {
      try {
        const result = await work(refusing(transaction, () => isLost));
        return isLost ? await never() : result;
      } catch (error) {
        if (isLost || endsConnection(error)) return await never();
        throw error;
      }
    })) as Result;
  } catch (error) {
    isLost = true;
    throw error;
  }
};

const refusing = (transaction: Transaction, isLost: () => boolean): Transaction =>
  new Proxy(transaction, {
    apply: (target, self, parts) => {
      if (isLost()) throw new Unavailable('postgres', 'The transaction lost its connection');
      return Reflect.apply(target, self, parts) as unknown;
    },
  });

/**
 * Whether a statement failed because its connection closes: the driver has not rejected yet, but is
 * about to.
 */
const endsConnection = (error: unknown): boolean =>
  error instanceof Error && closing.includes(String((error as { code?: unknown }).code));

const closing = ['CONNECTION_CLOSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'];
