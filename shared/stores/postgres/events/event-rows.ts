import type { ActionEvent } from '#shared/domain/campaigns/action-event.ts';
import type { ClauseResult } from '#shared/domain/campaigns/compiled-campaign.ts';
import type { DecidedBy } from '#shared/domain/campaigns/decided-by.ts';
import type { CampaignDecision, DecisionOutcome } from '#shared/domain/campaigns/decision.ts';
import type { Entitlement, Qualification } from '#shared/domain/campaigns/qualification.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { recordArchived } from '../journal/record-archived.ts';

/** Names an event of a tenant. */
export type EventKey = Pick<ActionEvent, 'tenantId' | 'eventId'>;

/** An event with the decisions that were made when it first arrived. */
export type StoredEvent = Readonly<{
  event: ActionEvent;
  /**
   * The decisions of campaigns that the event counts for, without clauses; all of them and complete
   * if `decidedBy` is undefined.
   */
  decisions: readonly CampaignDecision[];
  /** The key by which `CampaignSets` finds the campaigns, to recompute the other decisions. */
  decidedBy: DecidedBy<string> | undefined;
  /** What the user was entitled to then. */
  entitlements: readonly Entitlement[];
  receivedAt: Date;
  /** When it was reversed. */
  reversedAt: Date | undefined;
}>;

/** Names an event in a map. */
export const eventKey = ({ tenantId, eventId }: EventKey): string => `${tenantId} ${eventId}`;

/** An event as a query returns it. */
export type EventRow = Readonly<{
  tenantId: string;
  eventId: string;
  userId: string;
  action: string;
  occurredAt: Date;
  payload: ActionEvent['payload'];
  extensions: ActionEvent['extensions'] | null;
  schemaVersion: number | null;
  cause: string;
  decisions: readonly DecisionRow[];
  qualifications: readonly EntitlementJson[] | null;
  campaignSet: string | null;
  decidedAt: Date | null;
  cohorts: readonly string[] | null;
  receivedAt: Date;
  reversedAt: Date | null;
}>;

/** The columns of an EventRow, of a table or alias named `event`. */
export const eventColumns = (sql: Sql | Transaction) => sql`
  event.tenant_id, event.event_id, event.user_id, event.action_code as action,
  event.event_ts as occurred_at, event.payload, event.extensions, event.schema_version, event.cause,
  event.decisions, event.qualifications, event.campaign_set, event.judged_at as decided_at, event.cohorts,
  event.received_at, event.reversed_at`;

/** The event in a row of a query for eventColumns; further columns are left behind. */
export const toStoredEvent = (row: EventRow): StoredEvent => {
  const { tenantId, eventId, userId, action, occurredAt, payload, cause } = row;
  return {
    event: {
      ...{ tenantId, eventId, userId, action, occurredAt, payload, cause },
      extensions: row.extensions ?? undefined,
      schemaVersion: row.schemaVersion ?? undefined,
    },
    decisions: row.decisions.map(toDecision),
    decidedBy: toDecidedBy(row),
    entitlements: (row.qualifications ?? []).map(({ priority, choices }) => ({
      priority,
      choices: choices.map((json) => toQualification(json, row)),
    })),
    receivedAt: row.receivedAt,
    reversedAt: row.reversedAt ?? undefined,
  };
};

const toDecidedBy = ({ campaignSet, decidedAt, cohorts }: EventRow): StoredEvent['decidedBy'] =>
  campaignSet === null || decidedAt === null
    ? undefined
    : { campaigns: campaignSet, decidedAt, cohorts: cohorts ?? [] };

type QualificationJson = Omit<Qualification, 'tenantId' | 'userId' | 'reward' | 'qualifiedAt'> &
  Readonly<{
    reward: Omit<Qualification['reward'], 'expiresAt'> & Readonly<{ expiresAt?: string }>;
    qualifiedAt: string;
  }>;

type EntitlementJson = Readonly<{ priority: number; choices: readonly QualificationJson[] }>;

const toQualification = (
  { reward: { expiresAt, ...reward }, qualifiedAt, ...rest }: QualificationJson,
  { tenantId, userId }: Pick<EventRow, 'tenantId' | 'userId'>,
): Qualification => ({
  ...rest,
  tenantId,
  userId,
  reward: expiresAt === undefined ? reward : { ...reward, expiresAt: new Date(expiresAt) },
  qualifiedAt: new Date(qualifiedAt),
});

/** Entitlements as stored in the column, without the fields of the event's row; null for none. */
export const entitlementRows = (entitlements: readonly Entitlement[]) =>
  entitlements.length === 0
    ? null
    : entitlements.map(({ priority, choices }) => ({
        priority,
        choices: choices.map(
          ({ tenantId: _tenant, userId: _user, ...qualification }) => qualification,
        ),
      }));

/**
 * The columns of the key and the event that it names, if it is not archived, of an event `wanted`.
 */
export const wantedEvent = (sql: Sql | Transaction) => sql`
  cross join lateral (
    select received_at from event_keys known
    where known.tenant_id = wanted.tenant_id and known.event_id = wanted.event_id
    limit 1) key
  left join lateral (
    select * from events event
    where event.tenant_id = wanted.tenant_id and event.event_id = wanted.event_id
      and event.received_at = key.received_at
    limit 1) event on true`;

/**
 * Reads an event.
 * @throws RecordArchived when it was recorded and archived since
 */
export const readEvent = async (
  sql: Sql | Transaction,
  { tenantId, eventId }: EventKey,
): Promise<StoredEvent | undefined> => {
  const [row] = await sql<(EventRow & { keyedAt: Date; isArchived: boolean })[]>`
    select ${eventColumns(sql)}, key.received_at as keyed_at, event.event_id is null as is_archived
    from (values (${tenantId}, ${eventId})) wanted (tenant_id, event_id) ${wantedEvent(sql)}`;
  if (row?.isArchived) {
    const archived = {
      table: 'events',
      name: `Event ${eventId}`,
      recordedAt: row.keyedAt,
    } as const;
    throw await recordArchived(sql, archived);
  }
  return row && toStoredEvent(row);
};

/**
 * A decision as the column keeps it: campaign, version, outcome, then steps, excludedBy and
 * incentiveIds so far as there are any. There is one for each event and campaign, so it is small: a
 * third of the same with its names.
 */
export type DecisionRow = readonly [
  campaignId: string,
  version: number,
  outcome: DecisionOutcome,
  steps?: readonly StepRow[] | null,
  excludedBy?: string | null,
  incentiveIds?: readonly string[] | null,
];

/**
 * A step with its clauses: a letter for each, and the message of the first one that failed. Rows of
 * former versions have a list of results where any of them is an error.
 */
type StepRow =
  | readonly [step: number, clauses: string, error?: string]
  | readonly [step: number, clauses: readonly ClauseResult[]];

const letters = { yes: 'y', no: 'n', skipped: 's' } as const;
const words: Readonly<Record<string, ClauseResult>> = { y: 'yes', n: 'no', s: 'skipped' };

/** Of the first error of a step: longer messages are truncated, so that a row stays small. */
const errorCharactersMax = 100;

/** A decision as it is stored. */
export const toDecisionRow = ({
  campaignId,
  version,
  outcome,
  steps,
  excludedBy,
  incentiveIds,
}: CampaignDecision): DecisionRow => {
  const clauses = steps?.map(toStepRow);
  if (incentiveIds !== undefined)
    return [campaignId, version, outcome, clauses ?? null, excludedBy ?? null, incentiveIds];
  if (excludedBy !== undefined) return [campaignId, version, outcome, clauses ?? null, excludedBy];
  return clauses === undefined
    ? [campaignId, version, outcome]
    : [campaignId, version, outcome, clauses];
};

/** The decision that was stored. */
export const toDecision = ([
  campaignId,
  version,
  outcome,
  steps,
  excludedBy,
  incentiveIds,
]: DecisionRow): CampaignDecision => ({
  campaignId,
  version,
  outcome,
  ...(steps && { steps: steps.map(toStep) }),
  ...(excludedBy && { excludedBy }),
  ...(incentiveIds && { incentiveIds }),
});

type Step = NonNullable<CampaignDecision['steps']>[number];

const toStepRow = ({ step, clauses }: Step): StepRow => {
  const text = clauses
    .map((result) => (typeof result === 'string' ? letters[result] : 'e'))
    .join('');
  const first = clauses.find((result) => typeof result === 'object');
  return first === undefined
    ? [step, text]
    : [step, text, first.error.slice(0, errorCharactersMax)];
};

const toStep = ([step, clauses, error]: StepRow): Step => {
  if (typeof clauses !== 'string') return { step, clauses };
  const first = clauses.indexOf('e');
  return {
    step,
    clauses: Array.from(
      clauses,
      (letter, index): ClauseResult =>
        words[letter] ?? { error: (index === first ? error : undefined) ?? 'not kept' },
    ),
  };
};
