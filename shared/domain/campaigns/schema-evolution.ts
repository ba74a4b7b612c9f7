import type { ActionSchema } from './action-schema.ts';

/**
 * What keeps a schema from following another one of its action; nothing where every clause written
 * for the one holds for the other: all fields stay as they are, descriptions apart, and those that
 * are added are not required.
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
