import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import { expressionValueOf, mustBe } from './payload-value.ts';

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
