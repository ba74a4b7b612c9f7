import { VoidRound } from '../../core/rounds.ts';
import { type LoadResult, runLoad } from '../../load/load.ts';
import { action, type CohortWorld, cohortNames, tenantId } from './cohort-world.ts';

/** The actions that evaluate-campaign receives. */
const actionsPerSecond = 1_000;

const connections = 200;
let streams = 0;

type Stream = Readonly<{
  /** Members of the large cohorts; twice as many users act. */
  members: number;
  seconds: number;
}>;

/**
 * Sends actions for some seconds at the rate.
 * @throws VoidRound unless each was accepted.
 */
export const sendActions = async (
  { evaluate }: CohortWorld,
  { members, seconds }: Stream,
): Promise<LoadResult> => {
  streams += 1;
  const actions = seconds * actionsPerSecond;
  const options = {
    ...{ seed: streams, actions, tenantId, action, users: 2 * members },
    ...{ prefix: `s${streams}`, occurredAt: new Date().toISOString() },
  };
  const module = new URL('../../load/action-requests.ts', import.meta.url).href;
  const load = await runLoad({
    ...{ port: evaluate.port, connections, ratePerSecond: actionsPerSecond },
    requests: { module, options },
  });
  if (load.statuses['204'] === actions) return load;
  throw new VoidRound(`of ${actions} actions not all were accepted: ${JSON.stringify(load)}`);
};

/**
 * Compares the cohorts with which each action was evaluated with those of its user, who was in the
 * large cohorts all the time or never.
 * @throws VoidRound with how many differ.
 */
export const requireEvaluated = async (
  { sql }: CohortWorld,
  { members, sent }: Readonly<{ members: number; sent: number }>,
): Promise<void> => {
  const { uploaded, computed, few } = cohortNames;
  const changing = members / 100;
  const [found] = await sql<[{ recorded: number; wrong: number }]>`
    with evaluated as (
      select substr(user_id, 3)::bigint as number, coalesce(cohorts, '{}') as cohorts from events
      where tenant_id = ${tenantId})
    select count(*) as recorded, count(*) filter (where
      (number < ${changing}) <> (cohorts @> ${[...few]}::text[])
      or number >= ${changing} and number < ${members} and not ${uploaded} = any(cohorts)
      or number >= ${members + changing} and ${uploaded} = any(cohorts)
      or number < ${members - changing} and not ${computed} = any(cohorts)) as wrong
    from evaluated`;
  if (found.recorded !== sent || found.wrong > 0)
    throw new VoidRound(`of ${sent} actions: ${JSON.stringify(found)}`);
};
