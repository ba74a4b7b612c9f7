import type { ActivationRefusal } from '#shared/domain/earning/activation.ts';
import type { Transaction } from '../driver/connect.ts';
import { ratedInSequence } from '../earning/rated-in-sequence.ts';
import { tableOf, type VersionKey, type VersionKind } from './stored-version.ts';

/**
 * Why other stored data prevents the activation of a version; undefined if it may be activated. The
 * caller holds the locks on the program and the tenant that keep it so until its transaction ends.
 */
export const refuseActivation = async (
  tx: Transaction,
  kind: VersionKind,
  key: VersionKey,
): Promise<ActivationRefusal | undefined> => {
  const promotion = kind === 'rules' ? await realTimePromotion(tx, key) : undefined;
  if (promotion !== undefined) {
    const { id, cohort } = promotion;
    const detail = `Promotion ${id} is for cohort ${cohort}, whose members come and go by their actions: use a static or dynamic cohort`;
    return { reason: 'real-time-cohort', detail };
  }
  if (!(await needsArchived(tx, kind, key))) return undefined;
  const detail = `Orders of program ${key.program} are archived, and this version would need them: restore them, or use another program`;
  return { reason: 'orders-archived', detail };
};

/**
 * The first promotion of a rule that is for the members of a real-time cohort. Orders never read
 * these members, since they may be rated again, so the promotion would apply to nobody
 * (docs/decisions/0052-real-time-cohorts.md).
 */
const realTimePromotion = async (
  tx: Transaction,
  { tenantId, program, version }: VersionKey,
): Promise<Readonly<{ id: string; cohort: string }> | undefined> => {
  const [promotion] = await tx<{ id: string; cohort: string }[]>`
    select promotion->>'id' as id, cohort
    from earning_rules rule cross join jsonb_array_elements(terms->'promotions') promotion
      join cohorts on cohorts.tenant_id = rule.tenant_id and cohort = promotion->>'cohort'
    where rule.tenant_id = ${tenantId} and program = ${program} and rule.version = ${version} and kind = 'REAL_TIME'
    order by id limit 1`;
  return promotion;
};

/**
 * Whether a version would be the first one that rates orders by those before them, of which some
 * are archived. The lock on the program keeps archive-records from archiving more.
 */
const needsArchived = async (
  tx: Transaction,
  kind: VersionKind,
  { tenantId, program, version }: VersionKey,
): Promise<boolean> => {
  const found = await tx`
    select from ${tx(tableOf[kind])}
    where tenant_id = ${tenantId} and program = ${program} and version = ${version}
      ${kind === 'tiers' ? tx`` : tx`and rates_in_sequence(terms)`}
      and exists (select from ledger_openings where tenant_id = ${tenantId} and program = ${program})
      and (tenant_id, program) not in (${ratedInSequence(tx)})`;
  return found.count > 0;
};
