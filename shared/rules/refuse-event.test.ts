import { describe, expect, it } from 'vitest';
import type { ActionEvent } from '#shared/domain/campaigns/action-event.ts';
import { actionEventOf, refuseEvent } from './refuse-event.ts';

const schema = {
  action: 'PURCHASE',
  version: 2,
  description: '',
  fields: { amountMinor: { type: 'int', required: true } },
} as const;

const event = (fields: Partial<ActionEvent> = {}): ActionEvent => ({
  tenantId: 'acme',
  eventId: 'e-1',
  userId: 'u-1',
  action: 'PURCHASE',
  occurredAt: new Date('2026-11-21T10:00:00Z'),
  payload: { amountMinor: 1 },
  cause: '/test 1',
  ...fields,
});

const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);

describe('actionEventOf', () => {
  it('keeps the fields that the contract does not name as extensions', () => {
    const { cause, occurredAt, ...given } = event();
    expect(actionEventOf({ ...given, device: 'd-7', cause: 'x' }, { cause, occurredAt })).toEqual({
      ...event(),
      extensions: { device: 'd-7', cause: 'x' },
    });
    expect(actionEventOf(given, { cause, occurredAt }).extensions).toBeUndefined();
  });
});

describe('refuseEvent', () => {
  it.each([
    ['of an older schema', { schemaVersion: 1 }],
    ['of the newest schema', { schemaVersion: 2 }],
    ['with fields that nobody declared', { payload: { amountMinor: 1, note: ['ü', { a: null }] } }],
    ['with something nested', { payload: { amountMinor: 1, nested: nested(31) } }],
  ])('takes an event %s', (_what, fields) => {
    expect(refuseEvent(event(fields), schema)).toBeUndefined();
  });

  it.each([
    ['of a schema to come', { schemaVersion: 3 }, 'unknown-schema-version'],
    ['without a required field', { payload: {} }, 'invalid-payload'],
    ['with a field of another type', { payload: { amountMinor: '1' } }, 'invalid-payload'],
    ['with U+0000', { payload: { amountMinor: 1, note: 'a\0' } }, 'invalid-payload'],
    ['with half a character', { payload: { amountMinor: 1, note: '\ud800' } }, 'invalid-payload'],
    ['with U+0000 in a name', { extensions: { 'a\0': 1 } }, 'invalid-payload'],
    ['nested too deeply', { extensions: { nested: nested(32) } }, 'invalid-payload'],
  ])('refuses an event %s', (_what, fields, code) => {
    expect(refuseEvent(event(fields), schema)).toMatchObject({ code });
  });

  it('takes whatever an action without a schema carries, if it can be kept', () => {
    const odd = { payload: { amountMinor: 'many' }, schemaVersion: 9 };
    expect(refuseEvent(event(odd), undefined)).toBeUndefined();
    expect(refuseEvent(event({ payload: { a: '\0' } }), undefined)).toMatchObject({
      code: 'invalid-payload',
    });
  });
});
