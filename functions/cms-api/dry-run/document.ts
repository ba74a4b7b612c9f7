import { z } from 'zod';
import { amountMinorMax } from '#shared/domain/money/minor-units.ts';
import { currencyCode, identifier, slug, versionMax } from '#shared/eventing/contracts/fields.ts';
import { amountFields, minorOf } from '#shared/eventing/contracts/orders.ts';
import { line, shownInstant, strict, whole } from '#shared/runtime/http/body/body-fields.ts';
import { listOf, someInstant } from '../fields.ts';

const order = strict({
  amount: amountFields.amount,
  amountMinor: whole(1, amountMinorMax)
    .optional()
    .describe('Amount in minor units. Alternative to amount'),
  currency: currencyCode,
  placedAt: someInstant,
  customerId: identifier
    .optional()
    .describe('Evaluate the order for this customer. Defaults to a customer without orders'),
  cohorts: listOf(slug, { atMost: 100 })
    .optional()
    .describe('Cohorts of the customer. Defaults to the actual memberships'),
}).transform(({ amount, ...rest }, context) => {
  const amountMinor = minorOf({ ...rest, amount }) ?? 'is missing';
  if (typeof amountMinor === 'number') return { ...rest, amountMinor };
  context.addIssue({ code: 'custom', path: ['amount'], message: amountMinor });
  return z.NEVER;
});

/** The body of a dry run. */
export const dryRunQuestion = strict({
  order,
  ruleVersion: whole(1, versionMax)
    .optional()
    .describe('Rule version to evaluate, which may be a draft. Defaults to the version in effect'),
  tier: line(64).optional().describe('Evaluate as if the customer had this tier'),
}).meta({ id: 'DryRun' });

/** A hypothetical order. */
export type HypotheticalOrder = z.output<typeof order>;

const traceStep = z.object({
  step: z.enum(['rate', 'bands', 'tier', 'promotion', 'carry', 'rounding', 'cap']),
  says: z.string().describe('What was applied'),
  exact: z.string().describe('Value after the step, as a fraction in lowest terms'),
});

const lot = z
  .object({
    pending: z.boolean().describe('Whether the points are pending at first'),
    availableAt: shownInstant.nullable().describe('When they become usable, if there is a delay'),
    awaits: z.string().nullable().describe('Order progress that they wait for'),
    expiresAt: shownInstant.nullable().describe('When they expire; null: never'),
  })
  .describe('Lot that the points would be added to');

const left = z.int().nullable().describe('null if there is no such cap');

const rated = z
  .object({
    outcome: z.literal('rated'),
    points: z.int(),
    ruleVersion: z.int(),
    tier: z.string().nullable().describe('Tier before the order'),
    trace: z.array(traceStep).describe('In order of application. The last value is the points'),
    lot,
    capsLeft: z
      .object({ day: left, month: left })
      .describe("Points that can still be earned on the order's day and in its month"),
  })
  .meta({ id: 'DryRunRated' });

const refused = z
  .object({
    outcome: z.literal('refused'),
    reason: z.enum(['no-rule', 'wrong-currency']),
    detail: z.string(),
  })
  .meta({ id: 'DryRunRefused' });

/** What an order would earn, or why it would be refused. */
export const dryRunAnswer = z
  .discriminatedUnion('outcome', [rated, refused])
  .meta({ id: 'DryRunOutcome' });
