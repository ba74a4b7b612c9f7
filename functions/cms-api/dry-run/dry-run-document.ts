import { z } from 'zod';
import { amountMinorMax, toMinorUnits } from '#shared/domain/money/minor-units.ts';
import { currencyCode, identifier, versionMax } from '#shared/eventing/contracts/fields.ts';
import { label, listOf, shownInstant, slug, someInstant, strict, whole } from '../fields.ts';

const order = strict({
  amount: z
    .union([z.string(), z.number()], { error: 'must be a decimal string or a number' })
    .optional()
    .describe('Decimal amount with at most 2 places, such as "1250.50"; or give amountMinor'),
  amountMinor: whole(1, amountMinorMax)
    .optional()
    .describe('Amount in minor units; or give amount'),
  currency: currencyCode,
  placedAt: someInstant,
  customerId: identifier
    .optional()
    .describe('Judges the order as this customer’s; a customer without orders when left out'),
  cohorts: listOf(slug, { atMost: 100 })
    .optional()
    .describe('The cohorts that the customer is in; those that are known when left out'),
}).transform(({ amount, ...rest }, context) => {
  const amountMinor = chooseAmount(amount, rest.amountMinor, rest.currency);
  if (typeof amountMinor === 'number') return { ...rest, amountMinor };
  context.addIssue({ code: 'custom', path: ['amount'], message: amountMinor });
  return z.NEVER;
});

/** @returns the amount in minor units, or what is wrong with it. */
const chooseAmount = (
  ...[amount, amountMinor, currency]: [string | number | undefined, number | undefined, string]
): number | string => {
  if (amount === undefined) return amountMinor ?? 'is missing';
  const minor = toMinorUnits(amount, currency);
  if (typeof minor === 'string') return minor;
  if (amountMinor !== undefined && minor !== amountMinor) {
    return `and amountMinor disagree: ${amount} is not ${amountMinor} minor units`;
  }
  const isInRange = minor >= 1 && minor <= amountMinorMax;
  return isInRange ? minor : `must be from 1 to ${amountMinorMax} minor units, got ${minor}`;
};

/** The body that asks what an order would earn. */
export const dryRunQuestion = strict({
  order,
  ruleVersion: whole(1, versionMax)
    .optional()
    .describe('Judges by this version, which may be a draft; by the one in force when left out'),
  tier: label(64).optional().describe('Judges as if the customer held this tier'),
}).meta({ id: 'DryRun' });

/** An order that somebody asks about. */
export type AskedOrder = z.output<typeof order>;

const traceStep = z.object({
  step: z.enum(['rate', 'bands', 'tier', 'promotion', 'carry', 'rounding', 'cap']),
  says: z.string().describe('What was applied, in words and figures'),
  exact: z.string().describe('The value after the step, as a fraction in lowest terms'),
});

const lot = z
  .object({
    pending: z.boolean().describe('Whether the points could not be used at once'),
    availableAt: shownInstant.nullable().describe('When they can be used, if a delay decides that'),
    awaits: z.string().nullable().describe('The progress of the order that they wait for'),
    expiresAt: shownInstant.nullable().describe('When they lapse; null: never'),
  })
  .describe('The lot that the points would go into');

const left = z.int().nullable().describe('Null where there is no such cap');

const rated = z
  .object({
    outcome: z.literal('rated'),
    points: z.int(),
    ruleVersion: z.int(),
    tier: z.string().nullable().describe('The tier held before the order'),
    trace: z.array(traceStep).describe('In the order of application; the last one is the points'),
    lot,
    capsLeft: z
      .object({ day: left, month: left })
      .describe('What could still be earned after the order on its day and in its month'),
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
