import { strict } from '#shared/runtime/http/body/body-fields.ts';
import type { Dependencies } from '../dependencies.ts';
import { someInstant } from '../fields.ts';
import { versionRoutes } from '../versions/routes.ts';
import { newRule, ruleAnswer, rulesAnswer, showRule } from './document.ts';

const ruleActivation = strict({
  validFrom: someInstant
    .optional()
    .describe(
      'Applies to orders placed at or after this time, at least five minutes from now so that every function has loaded it. Defaults to five minutes from now',
    ),
  validUntil: someInstant
    .optional()
    .describe(
      'Does not apply to orders placed at or after this time. Defaults to when a later version takes effect',
    ),
}).meta({ id: 'RuleActivation' });

/** The versions of a program's earning rules. */
export const ruleRoutes = (dependencies: Dependencies) =>
  versionRoutes(
    {
      store: dependencies.rules,
      kind: 'rules',
      ids: { one: 'Rule', many: 'Rules' },
      name: 'earning rule',
      newVersion: newRule,
      activation: ruleActivation,
      answer: ruleAnswer,
      pageAnswer: rulesAnswer,
      show: showRule,
    },
    dependencies,
  );
