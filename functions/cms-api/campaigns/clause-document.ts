import { z } from 'zod';
import type { Clause } from '#shared/domain/campaigns/campaign.ts';
import { clauseLimits } from '#shared/rules/expressions/clause-limits.ts';
import { line, strict } from '#shared/runtime/http/body/body-fields.ts';
import { type Issue, issuesAt, listOf, withIssues } from '../fields.ts';

const partsMax = 20;
const depthMax = 5;

const leaf = strict({
  name: line(100).describe('Display name, used in explanations'),
  when: line(clauseLimits.expressionCharactersMax).describe(
    'A CEL expression (https://cel.dev): event.amountMinor >= 50000',
  ),
});

const clauseShape: z.ZodType<Clause, Clause> = z
  .union([
    strict({
      get all() {
        return listOf(clauseShape, { atLeast: 1, atMost: partsMax });
      },
    }),
    strict({
      get any() {
        return listOf(clauseShape, { atLeast: 1, atMost: partsMax });
      },
    }),
    leaf,
  ])
  .meta({ id: 'Clause' });

/**
 * A tree of clauses. Defects are found by a separate walk, because the error of a union shows
 * neither which kind was meant nor the path within.
 */
export const clause = withIssues(clauseShape, (value) => issuesOf(value, []));

const part = listOf(z.unknown(), { atLeast: 1, atMost: partsMax });
const groups = { all: strict({ all: part }), any: strict({ any: part }) } as const;

const issuesOf = (value: unknown, path: Issue['path']): readonly Issue[] => {
  if (path.length >= 2 * depthMax) {
    return [{ path, message: `is deeper than ${depthMax} levels` }];
  }
  const kind = kindOf(value);
  const fit = (kind === undefined ? leaf : groups[kind]).safeParse(value);
  if (!fit.success) return issuesAt(path, fit.error);
  if (kind === undefined) return [];
  const parts = Object.values(fit.data).flat();
  return parts.flatMap((each, index) => issuesOf(each, [...path, kind, index]));
};

const kindOf = (value: unknown): 'all' | 'any' | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Object.hasOwn(value, 'all')) return 'all';
  return Object.hasOwn(value, 'any') ? 'any' : undefined;
};
