import { describe, expect, it } from 'vitest';
import { purchaseSchema } from '#shared/testing/worlds/campaigns.ts';
import type { ActionSchema } from './action-schema.ts';
import { defectsOfNewVersion } from './schema-evolution.ts';

const { category, ...others } = purchaseSchema.fields;

const defectsOf = (fields: ActionSchema['fields']) =>
  defectsOfNewVersion(purchaseSchema, { ...purchaseSchema, version: 2, fields });

describe('defectsOfNewVersion', () => {
  it('finds none in new descriptions and new fields that are not required', () => {
    const described = { type: 'string', required: true, description: 'Of what' } as const;
    const shop = { type: 'string', required: false } as const;
    expect(defectsOf({ ...others, category: described, shop })).toEqual([]);
  });

  it.each([
    ['a field is gone', others, 'fields.category must stay'],
    [
      'a type changed',
      { ...others, category: { ...category, type: 'int' } },
      'fields.category.type must stay string',
    ],
    [
      'a field is no longer required',
      { ...others, category: { ...category, required: false } },
      'fields.category.required must stay true',
    ],
    [
      'a field became required',
      { ...purchaseSchema.fields, tags: { type: 'strings', required: true } },
      'fields.tags.required must stay false',
    ],
    [
      'a new field is required',
      { ...purchaseSchema.fields, shop: { type: 'string', required: true } },
      'fields.shop is new, so it cannot be required',
    ],
  ])('names the field where %s', (_what, fields, defect) => {
    expect(defectsOf(fields as ActionSchema['fields'])).toEqual([defect]);
  });
});
