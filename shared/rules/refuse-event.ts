import type { ActionEvent } from '#shared/domain/campaigns/action-event.ts';
import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import { isStorableText } from '#shared/domain/storable.ts';
import { expressionValueOf, mustBe } from './expressions/payload-value.ts';

/** An action as its contract parses it: all other fields are extensions. */
type GivenAction = Pick<ActionEvent, 'eventId' | 'tenantId' | 'userId' | 'action' | 'payload'> &
  Readonly<{ occurredAt?: Date | undefined; schemaVersion?: number | undefined }> &
  Readonly<Record<string, unknown>>;

/** The event of an action, given when it happened and what caused it. */
export const actionEventOf = (
  given: GivenAction,
  { occurredAt, cause }: Pick<ActionEvent, 'occurredAt' | 'cause'>,
): ActionEvent => {
  const { eventId, tenantId, userId, action, payload, schemaVersion, ...others } = given;
  const { occurredAt: _given, ...extensions } = others;
  return {
    ...{ eventId, tenantId, userId, action, payload, occurredAt, cause, schemaVersion },
    extensions: Object.keys(extensions).length === 0 ? undefined : extensions,
  };
};

/** Why an event is none that campaigns could evaluate, now or later. */
type EventRefusal = Readonly<{
  code: 'unknown-schema-version' | 'invalid-payload';
  detail: string;
}>;

/** Deeper than any payload of ours, and far below the limit of recursion. */
const depthMax = 32;

/**
 * Returns why an event is refused permanently: its schema version is unknown, or its payload does
 * not match the latest schema or cannot be stored. An action without a schema may have any payload:
 * no campaign can use it.
 */
export const refuseEvent = (
  { schemaVersion, payload, extensions, action }: ActionEvent,
  schema: ActionSchema | undefined,
): EventRefusal | undefined => {
  if (schema !== undefined && schemaVersion !== undefined && schemaVersion > schema.version) {
    const detail = `The latest schema of ${action} is version ${schema.version}, not ${schemaVersion}`;
    return { code: 'unknown-schema-version', detail };
  }
  const defects = schema === undefined ? [] : checkPayload(schema, payload);
  if (defects.length > 0) return { code: 'invalid-payload', detail: defects.join('; ') };
  if (canBeKept(payload) && canBeKept(extensions)) return undefined;
  const detail = `Strings must be valid Unicode without U+0000, nested at most ${depthMax} levels deep`;
  return { code: 'invalid-payload', detail };
};

/** Whether a value survives being kept as JSON and read again. */
const canBeKept = (value: unknown, depth = 0): boolean => {
  if (typeof value === 'string') return isStorableText(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depth >= depthMax) return false;
  return Object.entries(value).every(([key, each]) => canBeKept(key) && canBeKept(each, depth + 1));
};

/**
 * What keeps a payload from being one of an action: every required field that is missing and every
 * declared field of another type. A null counts as missing, and fields that the schema does not
 * declare are fine.
 */
export const checkPayload = (
  { fields }: ActionSchema,
  payload: Readonly<Record<string, unknown>>,
): readonly string[] =>
  Object.entries(fields).flatMap(([name, { type, required }]) => {
    const value = Object.hasOwn(payload, name) ? payload[name] : undefined;
    if (value === undefined || value === null) {
      return required ? [`payload.${name} is missing`] : [];
    }
    return expressionValueOf(type, value) === undefined ? [`payload.${name} ${mustBe[type]}`] : [];
  });
