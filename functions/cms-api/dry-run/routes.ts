import { z } from 'zod';
import { emptyState } from '#shared/domain/earning/earning-state.ts';
import { type Earning, type Program, toEarningOrder } from '#shared/domain/earning/program.ts';
import type { EarningRule } from '#shared/domain/earning/rating/earning-rule.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { ProgramKey } from '#shared/stores/postgres/tenants/program-store.ts';
import { toEarningRule } from '#shared/stores/postgres/tenants/rule-store.ts';
import type { Dependencies } from '../dependencies.ts';
import { programPath } from '../parameters.ts';
import { noProgram } from '../refusals.ts';
import { findVersion } from '../versions/routes.ts';
import { type DryLot, type DryRun, rateDry } from './decide.ts';
import { dryRunAnswer, dryRunQuestion, type HypotheticalOrder } from './document.ts';

type Stores = Pick<Dependencies, 'programs' | 'rules' | 'ladders' | 'earnings'>;

/**
 * POST …:dry-run: what an order would earn, through the code that pays orders. It writes nothing.
 */
export const dryRun = (stores: Stores) =>
  defineRoute({
    method: 'POST',
    path: '/api/v1/tenants/{tenantId}/programs/{program}:dry-run',
    id: 'dryRunOrder',
    summary: 'Preview what an order would earn (dry run)',
    scope: 'cms:read',
    params: programPath,
    query: z.object({}),
    body: dryRunQuestion,
    response: dryRunAnswer,
    problems: {
      400: 'The request is invalid; detail names the field. Or no tiers in effect at that time include the tier',
      404: 'The program or rule version does not exist',
      410: 'The customer has archived orders that were placed later',
    },
    handle: async ({ params: key, body: { order: asked, ruleVersion, tier } }) => {
      const earning = await loadEarning(stores, key);
      const rule =
        ruleVersion === undefined
          ? undefined
          : await loadRule(stores, { ...key, version: ruleVersion }, asked.placedAt);
      const customer = await loadCustomer(stores, earning, { key, asked, rule });
      const ratingOutcome = rateDry(earning, { ...customer, rule, tier });
      if (ratingOutcome.kind !== 'unknown-tier') return show(ratingOutcome);
      const detail = `tier: no tiers in effect at ${asked.placedAt.toISOString()} include ${tier ?? ''}`;
      throw new HttpProblem(400, 'unknown-tier', detail);
    },
  });

/** The program as it is now, not as caches know it: people try what they have just saved. */
const loadEarning = async (
  { programs, rules, ladders }: Stores,
  key: ProgramKey,
): Promise<Earning> => {
  const record = await programs.find(key);
  if (record === undefined) throw noProgram(key);
  const activatedRules = await rules.activated(key);
  const activatedLadders = await ladders.activated(key);
  const program: Program = {
    program: record.program,
    unit: record.unit,
    rules: activatedRules.flatMap((stored) =>
      stored.validFrom === undefined ? [] : [toEarningRule(stored, stored.validFrom)],
    ),
    ladders: activatedLadders.flatMap(({ version, terms, validFrom }) =>
      validFrom === undefined ? [] : [{ ...terms, version, validFrom }],
    ),
  };
  return { program, timeZone: record.timeZone };
};

/** A version as if it were in force when the order was placed. */
const loadRule = async (
  { rules }: Stores,
  key: ProgramKey & Readonly<{ version: number }>,
  placedAt: Date,
): Promise<EarningRule> => {
  const stored = await findVersion(rules, key);
  return toEarningRule({ ...stored, validUntil: undefined }, placedAt);
};

/** Later than any order of the same instant, so that all that the customer did counts. */
const orderId = '\u{10ffff}';

type Asked = Readonly<{ key: ProgramKey; asked: HypotheticalOrder; rule: EarningRule | undefined }>;

const loadCustomer = async (
  { earnings }: Stores,
  earning: Earning,
  { key, asked: { customerId, cohorts, ...asked }, rule }: Asked,
) => {
  const order = { ...asked, orderId };
  if (customerId === undefined) {
    return { order: { ...order, cohorts: cohorts ?? [] }, state: emptyState };
  }
  const before = await earnings.before({ ...key, customerId }, earning, { order, rule });
  const known = toEarningOrder(order, before);
  return { order: cohorts === undefined ? known : { ...known, cohorts }, state: before.state };
};

const show = (
  ratingOutcome: Exclude<DryRun, { kind: 'unknown-tier' }>,
): z.input<typeof dryRunAnswer> => {
  if (ratingOutcome.kind === 'refused') {
    const { reason, detail } = ratingOutcome;
    return { outcome: 'refused', reason, detail };
  }
  const { rating, tier = null, lot, capsLeft } = ratingOutcome;
  const { day = null, month = null } = capsLeft;
  const { orderId: _, ...rated } = rating;
  return {
    outcome: 'rated',
    ...rated,
    trace: [...rating.trace],
    tier,
    lot: showLot(lot),
    capsLeft: { day, month },
  };
};

const showLot = ({ pending, availableAt, awaits, expiresAt }: DryLot) => ({
  pending,
  availableAt: availableAt?.toISOString() ?? null,
  awaits: awaits ?? null,
  expiresAt: expiresAt?.toISOString() ?? null,
});
