import { eventually } from '#scripts/services/eventually.ts';

/** A place on a board, as leaderboard-api returns it. */
export type Place = Readonly<{ rank: number; customerId: string; points: number }>;

/** Reads a leaderboard as any client does. */
export type LeaderboardClient = Readonly<{
  top: (count: number) => Promise<readonly Place[]>;
  /** A customer among the two above and the two below. */
  around: (customerId: string) => Promise<readonly Place[]>;
  /** When the snapshot that readers see was taken. */
  snapshot: () => Promise<Readonly<{ id: number; takenAt: string }>>;
  /** Every place, page by page, of the snapshot that readers see or of a later one. */
  all: () => Promise<readonly Place[]>;
}>;

type Snapshot = Readonly<{ snapshot: Readonly<{ id: number; takenAt: string }> }>;

type Page = Snapshot & Readonly<{ customers: readonly Place[]; nextCursor?: string | null }>;

/**
 * A pod that lost its connection for notices may return pages of the previous snapshot for some
 * seconds.
 */
const PATIENCE_MS = 60_000;

/** @param url where leaderboard-api listens. */
export const leaderboardClient = (url: string, token: string): LeaderboardClient => {
  const get = async <Body>(path: string): Promise<Body> => {
    const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } });
    if (!answer.ok) throw new Error(`${path} responded ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as Body;
  };
  const snapshot = async () =>
    (await get<Snapshot>('/api/v1/tenants/default/boards/main')).snapshot;
  const pages = async function* (): AsyncGenerator<Page> {
    let cursor: string | null | undefined;
    do {
      const from = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
      const page = await get<Page>(
        `/api/v1/tenants/default/boards/main/customers?limit=1000${from}`,
      );
      yield page;
      cursor = page.nextCursor;
    } while (cursor);
  };
  return {
    top: async (count) => (await get<Page>(`/top-customers?N=${count}`)).customers,
    around: async (customerId) => {
      const path = `/customer-info?id=${encodeURIComponent(customerId)}`;
      return (await get<{ neighbours: readonly Place[] }>(path)).neighbours;
    },
    snapshot,
    all: async () => {
      const { id } = await snapshot();
      let all: readonly Page[] = [];
      const areNew = async () => {
        all = await Array.fromAsync(pages());
        return all.every((page) => page.snapshot.id >= id);
      };
      if (await eventually(areNew, { timeoutMs: PATIENCE_MS, everyMs: 500 })) {
        return all.flatMap(({ customers }) => customers);
      }
      throw new Error(`Snapshot ${id} could not be paged within ${PATIENCE_MS} ms`);
    },
  };
};
