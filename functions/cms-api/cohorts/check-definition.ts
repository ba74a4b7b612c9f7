import type { CohortPredicate } from '#shared/domain/cohorts/cohort-predicate.ts';
import { cohortRulesCostMax } from '#shared/domain/cohorts/cohort-rules.ts';
import { checkRules } from '#shared/rules/check-campaign.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import type { CohortTerms } from '#shared/stores/postgres/cohorts/manage-cohort.ts';
import type { PredicateScope } from '#shared/stores/postgres/cohorts/predicate-sql.ts';
import type { Dependencies } from '../dependencies.ts';
import { refuseBody } from '../fields.ts';

type Checking = Pick<Dependencies, 'dynamicCohorts' | 'cohortCostMax'>;
type CheckingRules = Checking & Pick<Dependencies, 'realTimeCohorts'>;

/**
 * Checks the definition or rules of a cohort, where it has any, in a body.
 * @throws HttpProblem as `checkPredicate`, and 400 naming each rule that does not work.
 */
export const checkDefinition = async (
  dependencies: CheckingRules,
  { definition, rules }: Pick<CohortTerms, 'definition' | 'rules'>,
  scope: PredicateScope,
): Promise<void> => {
  if (rules !== undefined) {
    const placed = (['add', 'remove'] as const).flatMap((kind) =>
      rules[kind].map((rule, index) => ({ path: ['rules', kind, index], rule })),
    );
    const schemas = await dependencies.realTimeCohorts.schemas(scope.tenantId);
    const defects = checkRules(placed, schemas, { of: 'a cohort', costMax: cohortRulesCostMax });
    refuseBody(defects.map(({ path, message }) => ({ path: [...path], message })));
  }
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
  const detail = `The cohort is too expensive to compute: its estimated cost is ${cost}, and the maximum is ${cohortCostMax}. Use fewer conditions or fewer days`;
  throw new HttpProblem(422, 'cohort-too-expensive', detail);
};
