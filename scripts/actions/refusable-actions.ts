import type { OrderRecord } from '../orders/order-record.ts';

/**
 * Records as broken apps write them, one of each kind. None may earn anything, and none may be
 * lost.
 */
const defects = (number: number, tenantId: string): Readonly<Record<string, object | string>> => {
  const action = {
    eventId: `bad-${number}`,
    tenantId,
    userId: 'u-00001',
    action: 'PURCHASE',
    occurredAt: '2025-11-02T12:00:00Z',
    payload: { amountMinor: 90_000, category: 'books' },
  };
  return {
    'an amount in text': { ...action, payload: { ...action.payload, amountMinor: '900' } },
    'a required field missing': { ...action, payload: { category: 'books' } },
    'no event id': { ...action, eventId: undefined },
    'an action in lower case': { ...action, action: 'purchase' },
    'unknown tenant': { ...action, tenantId: 'nobody' },
    'a schema that is not there': { ...action, schemaVersion: 99 },
    'cut short': `{"eventId":"bad-${number}","userI`,
  };
};

/** One refusable record, by number; consecutive numbers go through all kinds of defects. */
export const refusableAction = (number: number, tenantId: string): OrderRecord => {
  const all = Object.entries(defects(number, tenantId));
  const [defect, content] = all[number % all.length] as [string, object | string];
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  return { key: `${tenantId}:u-00001`, value: Buffer.from(text), kind: 'refusable', defect };
};
