import type { OrderRecord } from './order-record.ts';

/**
 * Records as broken producers write them, one of each kind. None may earn anything, and none may be
 * lost.
 */
const defects = (number: number): Readonly<Record<string, object | string | Buffer | null>> => {
  const order = {
    orderId: `bad-${number}`,
    customerId: 'c-00001',
    amount: '100.00',
    currency: 'INR',
  };
  return {
    'negative amount': { ...order, amount: '-100.00' },
    'zero amount': { ...order, amount: 0 },
    'three decimals': { ...order, amount: '100.005' },
    'not a number': { ...order, amount: 'NaN' },
    'astronomic amount': { ...order, amount: 1e308 },
    'wrong currency': { ...order, currency: 'USD' },
    'no order id': { ...order, orderId: undefined },
    'no customer id': { ...order, customerId: undefined },
    'unknown tenant': { ...order, tenantId: 'nobody' },
    array: [order],
    'cut short': `{"orderId":"bad-${number}","custo`,
    'invalid UTF-8': Buffer.from([0x7b, 0x22, 0xff, 0xfe, number % 256, 0x22, 0x7d]),
    tombstone: null,
  };
};

/** One refusable record, by number; consecutive numbers go through all kinds of defects. */
export const refusableOrder = (number: number): OrderRecord => {
  const all = Object.entries(defects(number));
  const [defect, content] = all[number % all.length] as [string, object | string | Buffer | null];
  return { key: 'c-00001', value: toValue(content), kind: 'refusable', defect };
};

/** A record with the id of an earlier order and another amount. */
export const conflictingOrder = (
  order: Readonly<{ orderId: string; customerId: string }>,
): OrderRecord => ({
  key: order.customerId,
  value: toValue({ ...order, amount: '999999.99', currency: 'INR' }),
  kind: 'refusable',
  defect: 'same order id, another amount',
});

const toValue = (content: object | string | Buffer | null): Buffer | null => {
  if (content === null || Buffer.isBuffer(content)) return content;
  return Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
};
