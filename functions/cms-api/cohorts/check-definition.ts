import type { CohortDefinition, CohortPredicate } from '#shared/domain/cohorts/cohort-predicate.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import type { PredicateScope } from '#shared/stores/postgres/cohorts/predicate-sql.ts';
import type { Dependencies } from '../dependencies.ts';
import { refuseBody } from '../fields.ts';

type Checking = Pick<Dependencies, 'dynamicCohorts' | 'cohortCostMax'>;

/**
 * Checks the definition of a cohort, where it has one, in a body.
 * @throws HttpProblem as `checkPredicate`.
 */
export const checkDefinition = async (
  dependencies: Checking,
  definition: CohortDefinition | undefined,
  scope: PredicateScope,
): Promise<void> => {
  if (definition === undefined) return;
  const { predicate } = definition;
  await checkPredicate(dependencies, { predicate, path: ['definition', 'predicate'] }, scope);
};

type Checked = Readonly<{ predicate: CohortPredicate; path: readonly string[] }>;

/**
 * The expected cost of a predicate.
 * @throws HttpProblem 400 where it names what does not exist, 422 where it is too expensive.
 */
export const checkPredicate = async (
  { dynamicCohorts, cohortCostMax }: Checking,
  { predicate, path }: Checked,
  scope: PredicateScope,
): Promise<number> => {
  const missing = await dynamicCohorts.missing(scope.tenantId, predicate);
  refuseBody(missing.map(({ path: inside, message }) => ({ path: [...path, ...inside], message })));
  const cost = Math.ceil(await dynamicCohorts.costOf(predicate, scope));
  if (cost <= cohortCostMax) return cost;
  const detail = `Computing the cohort is expected to cost ${cost}, more than the ${cohortCostMax} allowed: use fewer conditions, or fewer days`;
  throw new HttpProblem(422, 'cohort-too-expensive', detail);
};
