import type { Transaction } from '../driver/connect.ts';

/** A manual change, as audit_log stores it. */
export type Change = Readonly<{
  tenantId: string;
  /** The subject of the caller's token. */
  subject: string;
  /** What was done, in the past tense: `rules.activated`. */
  action: string;
  /** The path of what was changed, from the tenant on: `programs/points/rules/3`. */
  resource: string;
  /** The key of a request that makes something new, so that `madeBy` finds it again. */
  requestKey?: string;
  /** Absent for what did not exist before. */
  before?: object;
  /** Absent for what does not exist any more. */
  after?: object;
}>;

const asJson = (state?: object): string | null =>
  state === undefined ? null : JSON.stringify(state);

const requestOf = ({ subject, requestKey }: Pick<Change, 'subject' | 'requestKey'>) =>
  requestKey === undefined ? null : `${subject} ${requestKey}`;

/**
 * Writes a row of the change log in the transaction of the change, so that neither exists without
 * the other.
 */
export const recordChange = async (sql: Transaction, change: Change): Promise<void> => {
  const { tenantId, subject, action, resource, before, after } = change;
  await sql`
    insert into audit_log (tenant_id, subject, action, resource, request, before, after)
    values (${tenantId}, ${subject}, ${action}, ${resource}, ${requestOf(change)},
      ${asJson(before)}::text::jsonb, ${asJson(after)}::text::jsonb)`;
};

type Making = Omit<Change, 'resource' | 'before'> & Readonly<{ resourcePrefix: string }>;

/** Returns the resource that the same request made before with the same content, if it did. */
export const madeBy = async (sql: Transaction, making: Making): Promise<string | undefined> => {
  const { tenantId, action, resourcePrefix, after } = making;
  const [made] = await sql<{ resource: string }[]>`
    select resource from audit_log
    where tenant_id = ${tenantId} and request = ${requestOf(making)} and action = ${action}
      and starts_with(resource, ${resourcePrefix}) and after = ${asJson(after)}::text::jsonb
    order by audit_no desc limit 1`;
  return made?.resource;
};
