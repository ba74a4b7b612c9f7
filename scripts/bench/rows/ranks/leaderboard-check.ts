import { VoidRound } from '../../core/rounds.ts';
import { competition } from './rank-check.ts';
import { type Customers, customerIdOf } from './rank-customers.ts';

/** How many customers and pages are checked. */
const sample = 100;

type Row = Readonly<{ rank: number; customerId: string; points: number }>;
type Answer = Row & Readonly<{ neighbours: readonly Row[]; customers: readonly Row[] }>;

type Reader = Readonly<{ port: number; token: string }>;

/**
 * Compares answers with an independent sort of what customers were given.
 * @throws VoidRound when one is wrong.
 */
export const requireAnswers = async (reader: Reader, customers: Customers): Promise<void> => {
  const rankOf = competition(customers);
  const sorted = customers.points.toSorted();
  for (let number = 0; number < sample; number += 1) {
    const customer = Math.floor((number * customers.points.length) / sample);
    const id = customerIdOf(customer);
    const { rank, points, neighbours } = await read(reader, `/customer-info?id=${id}`);
    const isRight = rank === rankOf(customer) && points === customers.points[customer];
    if (!isRight || neighbours.length < 3) throw new VoidRound(`${id} has rank ${rank}`);

    const page = await read(reader, `/top-customers?N=${number + 1}`);
    const shown = page.customers.map((row) => row.points);
    const expected = sorted.slice(-number - 1).reverse();
    if (shown.join() !== expected.join())
      throw new VoidRound(`the top ${number + 1} has ${shown.join()}`);
  }
};

const read = async ({ port, token }: Reader, path: string): Promise<Answer> => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return (await response.json()) as Answer;
};
