import type { z } from 'zod';
import { assert } from '#shared/domain/assert.ts';
import { defaultBoard } from '#shared/domain/ranks/board.ts';
import type { Clock } from '#shared/runtime/host.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import type { BoardName } from '#shared/stores/redis/driver/keys.ts';
import type { RankCursor, RankReader, RankView } from '#shared/stores/redis/ranks/rank-reader.ts';
import { type customerAnswer, describeSnapshot } from './answers.ts';

/** What the routes read from. */
export type Dependencies = Readonly<{ ranks: RankReader; clock: Clock }>;

/** What readPage and readCustomer may refuse, for the document. */
export const boardProblems = {
  404: 'The board does not exist',
  503: 'The board has no snapshot yet, or Redis is unavailable; retry after Retry-After',
};

type PageQuery = Readonly<{ limit: number; after?: RankCursor | undefined; live: boolean }>;

/** A page of a board. @throws HttpProblem when the board has none. */
export const readPage = async (
  { ranks }: Dependencies,
  board: BoardName,
  query: PageQuery,
): Promise<RankView> => (await ranks.page(board, query)) ?? refuseBoard(board);

type CustomerQuery = Readonly<{ customerId: string; neighbours: number; live: boolean }>;

/**
 * A customer of a board among neighbours.
 * @throws HttpProblem when there is no such board or customer.
 */
export const readCustomer = async (
  { ranks, clock }: Dependencies,
  board: BoardName,
  query: CustomerQuery,
): Promise<z.output<typeof customerAnswer>> => {
  const { customerId, live } = query;
  const view = (await ranks.customer(board, query)) ?? refuseBoard(board);
  if (view === 'unknown-customer') {
    const detail = `Customer ${customerId} is not on the board ${board.board}`;
    throw new HttpProblem(404, 'customer-not-found', detail);
  }
  const customer = view.rows.find((row) => row.customerId === customerId);
  assert(customer, `a customer is among their own neighbours: ${customerId}`);
  return {
    ...customer,
    neighbours: [...view.rows],
    snapshot: describeSnapshot(view, { live, now: clock() }),
  };
};

/**
 * Redis alone cannot distinguish a board that does not exist from one without its first snapshot.
 * Every tenant has the default board, so there the snapshot is missing; for another name, the board
 * more likely does not exist, and repeating the request in a minute costs nothing.
 */
const refuseBoard = ({ board }: BoardName): never => {
  if (board === defaultBoard) {
    const detail = 'The first snapshot is published within a minute';
    throw new HttpProblem(503, 'snapshot-pending', detail, { 'retry-after': '10' });
  }
  const detail = `Board ${board} does not exist; a new board appears within a minute`;
  throw new HttpProblem(404, 'board-not-found', detail);
};
