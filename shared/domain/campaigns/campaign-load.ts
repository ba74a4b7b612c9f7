/**
 * The most that the clauses of a campaign cost for an event, in units, by the action of the event.
 */
export type ClauseCosts = Readonly<Record<string, number>>;

/**
 * The load that the active campaigns of a tenant put on an action: how many use it, what their
 * clauses cost in total, and how long their terms are.
 */
export type ActionLoad = Readonly<{
  action: string;
  campaigns: number;
  cost: number;
  characters: number;
}>;

/** How many active campaigns of a tenant may use one action. */
export const campaignsPerActionMax = 1_000;

/**
 * How many campaigns one event may count for: everything that follows from it is published, decided
 * and rewarded together.
 */
export const campaignsPerEventMax = 100;

/** Units that all their clauses may cost together, so that an event takes some 5 ms at most. */
export const actionCostMax = 100_000;

/** Characters of all their terms as JSON, which are kept in memory. */
export const actionCharactersMax = 2_000_000;

/** Why no further campaign with these costs can be active, as a sentence; undefined if it can. */
export const refuseLoad = (
  costs: ClauseCosts,
  active: readonly ActionLoad[],
): string | undefined => {
  for (const { action, campaigns, cost, characters } of active) {
    if (campaigns >= campaignsPerActionMax) {
      return `${action} has ${campaigns} active campaigns; the maximum is ${campaignsPerActionMax}: end one first`;
    }
    if (characters >= actionCharactersMax) {
      return `The terms of the active campaigns for ${action} have ${characters} characters; the maximum is ${actionCharactersMax}: end one first`;
    }
    const total = cost + (costs[action] ?? 0);
    if (total > actionCostMax) {
      return `The clauses of the active campaigns for ${action} would cost ${total} units; the maximum is ${actionCostMax}: end one first`;
    }
  }
  return undefined;
};
