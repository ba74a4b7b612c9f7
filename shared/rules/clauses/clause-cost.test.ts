import { Environment } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClauseResult } from '#shared/domain/campaigns/compiled-campaign.ts';
import { runs } from '#shared/testing/runs.ts';
import { actionEvent, purchaseSchema } from '#shared/testing/worlds/campaigns.ts';
import { clauseTexts, purchasePayloads } from '#shared/testing/worlds/clauses.ts';
import { clauseLimits } from '../expressions/clause-limits.ts';
import { vocabularyOf } from '../expressions/event-variables.ts';
import { compileExpression } from '../expressions/expression.ts';
import { checkPayload } from '../refuse-event.ts';

const vocabulary = vocabularyOf(purchaseSchema);

/** The evaluator of the package, which knows no cost, with the same types. */
class PackageEvent extends Object {}
class PackageLocal extends Object {}
const reference = new Environment()
  .registerType('Event', {
    ctor: PackageEvent,
    fields: {
      ...{ amountMinor: 'int', category: 'string', weightKg: 'double', isGift: 'bool' },
      ...{ deliverBy: 'google.protobuf.Timestamp', tags: 'list<string>' },
    },
  })
  .registerType('Local', {
    ctor: PackageLocal,
    fields: { hour: 'int', weekday: 'int', date: 'string' },
  })
  .registerVariable('event', 'Event')
  .registerVariable('local', 'Local')
  .registerVariable('action', 'string')
  .registerVariable('user', 'string')
  .registerVariable('occurredAt', 'google.protobuf.Timestamp');

const expected = (text: string, variables: object): unknown => {
  try {
    return reference.parse(text)(variables) === true ? 'yes' : 'no';
  } catch {
    return { error: expect.any(String) as unknown };
  }
};

/** Where the package goes on with numbers and instants that CEL does not have. */
const isOutOfRange = (answer: ClauseResult): boolean =>
  typeof answer === 'object' && /^(integer overflow|timestamp is out of range)/.test(answer.error);

describe('the cost of clauses', () => {
  it('bounds the work of every accepted clause, which answers as the package does', () => {
    let accepted = 0;
    fc.assert(
      fc.property(clauseTexts, purchasePayloads, (text, payload) => {
        const expression = compileExpression(text, vocabulary);
        expect(checkPayload(purchaseSchema, payload)).toEqual([]);
        if (expression.kind === 'refused') return;
        accepted += 1;
        const variables = vocabulary.variablesOf(actionEvent({ payload }), 'Asia/Kolkata');
        const answer = expression.ask(variables);
        expect(variables.units).toBeLessThanOrEqual(expression.cost);
        expect(expression.cost).toBeLessThanOrEqual(clauseLimits.expressionCostMax);
        const { action, user, occurredAt, event, local } = variables;
        const same = expected(text, {
          ...{ action, user, occurredAt },
          event: Object.assign(new PackageEvent(), event),
          local: Object.assign(new PackageLocal(), local),
        });
        if (!isOutOfRange(answer)) expect(answer).toEqual(same);
      }),
      { numRuns: runs(800) },
    );
    expect(accepted).toBeGreaterThan(500);
  });
});
