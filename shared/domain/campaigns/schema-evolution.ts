import type { ActionSchema } from './action-schema.ts';

/**
 * Why a schema cannot replace the previous schema of its action; empty if every clause for the
 * previous one remains valid: all fields stay unchanged except for descriptions, and new fields are
 * optional.
 */
export const defectsOfNewVersion = (
  before: ActionSchema,
  after: ActionSchema,
): readonly string[] => [
  ...Object.entries(before.fields).flatMap(([name, { type, required }]) => {
    const field = after.fields[name];
    if (field === undefined) return [`fields.${name} must stay`];
    return [
      ...(field.type === type ? [] : [`fields.${name}.type must stay ${type}`]),
      ...(field.required === required ? [] : [`fields.${name}.required must stay ${required}`]),
    ];
  }),
  ...Object.entries(after.fields).flatMap(([name, { required }]) =>
    required && !Object.hasOwn(before.fields, name)
      ? [`fields.${name} is new, so it cannot be required`]
      : [],
  ),
];
