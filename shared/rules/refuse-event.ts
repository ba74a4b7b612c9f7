import type { ActionEvent } from '#shared/domain/campaigns/action-event.ts';
import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import { isStorableText } from '#shared/domain/storable.ts';
import { checkPayload } from './check-payload.ts';

/** Why an event is none that campaigns could judge, now or later. */
export type EventRefusal = Readonly<{
  code: 'unknown-schema-version' | 'invalid-payload';
  detail: string;
}>;

/** Deeper than any payload of ours, and far from what recursion can take. */
const depthMax = 32;

/**
 * Says why an event is refused for good: it was written by a schema that is not known yet, or
 * carries what does not fit the newest schema or cannot be stored. An action without a schema may
 * carry anything: no campaign can ask for it.
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
