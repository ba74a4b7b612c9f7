/** A place on a board, as leaderboard-api tells it. */
export type Place = Readonly<{ rank: number; customerId: string; points: number }>;

/** Reads a leaderboard as any client does. */
export type LeaderboardClient = Readonly<{
  top: (count: number) => Promise<readonly Place[]>;
  /** A customer among the two above and the two below. */
  around: (customerId: string) => Promise<readonly Place[]>;
  /** When the snapshot that readers see was taken. */
  snapshot: () => Promise<Readonly<{ takenAt: string }>>;
  /** Every place, page by page. */
  all: () => Promise<readonly Place[]>;
}>;

type Page = Readonly<{ customers: readonly Place[]; nextCursor?: string | null }>;

type Snapshot = Readonly<{ snapshot: Readonly<{ takenAt: string }> }>;

/** @param url where leaderboard-api listens. */
export const leaderboardClient = (url: string, token: string): LeaderboardClient => {
  const get = async <Body>(path: string): Promise<Body> => {
    const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } });
    if (!answer.ok)
      throw new Error(`${path} was answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as Body;
  };
  const pages = async function* (): AsyncGenerator<readonly Place[]> {
    let cursor: string | null | undefined;
    do {
      const from = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
      const page = await get<Page>(
        `/api/v1/tenants/default/boards/main/customers?limit=1000${from}`,
      );
      yield page.customers;
      cursor = page.nextCursor;
    } while (cursor);
  };
  return {
    top: async (count) => (await get<Page>(`/top-customers?N=${count}`)).customers,
    around: async (customerId) => {
      const path = `/customer-info?id=${encodeURIComponent(customerId)}`;
      return (await get<{ neighbours: readonly Place[] }>(path)).neighbours;
    },
    snapshot: async () => (await get<Snapshot>('/api/v1/tenants/default/boards/main')).snapshot,
    all: async () => (await Array.fromAsync(pages())).flat(),
  };
};
