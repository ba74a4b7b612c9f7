import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { Contract } from './contract.ts';
import { OrderPlaced } from './contracts/orders.ts';

const folder = new URL('./contracts/', import.meta.url);
const modules = await Promise.all(
  (await readdir(folder)).map(
    async (file) => (await import(new URL(file, folder).pathname)) as Record<string, unknown>,
  ),
);
const isContract = (value: unknown): value is Contract =>
  typeof value === 'object' && value !== null && 'schema' in value && 'example' in value;
const contracts = modules
  .flatMap((module) => Object.entries(module))
  .filter((entry): entry is [name: string, contract: Contract] => isContract(entry[1]));

describe.each(contracts)('%s', (_name, contract) => {
  it('parses its own example', () => {
    expect(contract.schema.safeParse(contract.example).error).toBeUndefined();
  });

  it('ignores fields it does not know', () => {
    const extended = { ...(contract.example as object), notInTheContract: true };
    expect(contract.schema.safeParse(extended).success).toBe(true);
  });
});

describe('OrderPlaced', () => {
  const order = { orderId: 'o-1', customerId: 'c-1', amount: '1250.50' };
  const parse = (fields: object) => OrderPlaced.schema.safeParse({ ...order, ...fields });
  const defect = (fields: object) => {
    const [issue] = parse(fields).error?.issues ?? [];
    return issue && `${issue.path.join('.')} ${issue.message}`;
  };

  it.each([
    ['a decimal string', { amount: '1250.50' }, 125_050],
    ['a number', { amount: 1250.5 }, 125_050],
    ['a whole number', { amount: 100 }, 10_000],
    ['one decimal place', { amount: '0.1' }, 10],
    ['minor units', { amount: undefined, amountMinor: 42 }, 42],
    ['both, when they agree', { amount: '1.00', amountMinor: 100 }, 100],
    ['a currency without minor units', { amount: '500', currency: 'JPY' }, 500],
    ['the largest amount', { amount: '10000000000.00' }, 1_000_000_000_000],
  ])('takes %s', (_what, fields, amountMinor) => {
    expect(parse(fields).data?.amountMinor).toBe(amountMinor);
  });

  it('gives an order without one the default tenant, and leaves its currency to the tenant', () => {
    expect(parse({}).data).toMatchObject({ tenantId: 'default' });
    expect(parse({}).data?.currency).toBeUndefined();
  });

  it.each([
    ['a negative amount', { amount: -5 }, 'amount must be positive, got -5'],
    ['zero', { amount: 0 }, 'amount must be positive, got 0 minor units'],
    [
      'negative minor units',
      { amount: undefined, amountMinor: -1 },
      'amount must be positive, got -1 minor units',
    ],
    [
      'NaN as text',
      { amount: 'NaN' },
      'amount must be a plain decimal such as 1250 or "1250.50", got NaN',
    ],
    [
      '1e308',
      { amount: 1e308 },
      'amount must be a plain decimal such as 1250 or "1250.50", got 1e+308',
    ],
    ['three decimals', { amount: '1.005' }, 'amount must have at most 2 decimal places, got 1.005'],
    [
      'the sum 0.1 + 0.2',
      { amount: 0.1 + 0.2 },
      'amount must have at most 2 decimal places, got 0.30000000000000004',
    ],
    [
      'a decimal comma',
      { amount: '1,00' },
      'amount must be a plain decimal such as 1250 or "1250.50", got 1,00',
    ],
    ['a null amount', { amount: null }, 'amount must be a decimal string or a number'],
    ['no amount', { amount: undefined }, 'amount is missing'],
    [
      'fractional minor units',
      { amount: undefined, amountMinor: 1.5 },
      'amountMinor must be a whole number of minor units',
    ],
    [
      'amounts that disagree',
      { amountMinor: 1 },
      'amount and amountMinor disagree: 1250.50 is not 1 minor units',
    ],
    [
      'yen with a fraction',
      { amount: '1.5', currency: 'JPY' },
      'amount JPY has no minor units, got 1.5',
    ],
    [
      'too much',
      { amount: '10000000000.01' },
      'amount must be at most 1000000000000 minor units, got 1000000000001',
    ],
    ['no order id', { orderId: undefined }, 'orderId is missing'],
    [
      'an order id of blanks',
      { orderId: ' ' },
      'orderId must be 1 to 128 printable ASCII characters without spaces',
    ],
    ['a customer id that is a number', { customerId: 7 }, 'customerId must be a string'],
    ['no customer id', { customerId: undefined }, 'customerId is missing'],
    ['a lower-case currency', { currency: 'inr' }, 'currency must be an ISO 4217 code such as INR'],
    [
      'a tenant with a colon',
      { tenantId: 'a:b' },
      'tenantId must be lower-case letters, digits and dashes, at most 63',
    ],
    [
      'a time without offset',
      { placedAt: '2026-01-01T00:00:00' },
      'placedAt must be an ISO 8601 instant with its offset',
    ],
    ['year 0', { placedAt: '0000-01-01T00:00:00Z' }, 'placedAt must be from 1970 to 2999'],
    [
      'a year before 1970 by its offset',
      { placedAt: '1970-01-01T00:00:00+05:30' },
      'placedAt must be from 1970 to 2999',
    ],
    [
      'the year 10000 by its offset',
      { placedAt: '9999-12-31T23:59:59-12:00' },
      'placedAt must be from 1970 to 2999',
    ],
  ])('refuses %s with its reason', (_what, fields, message) => {
    expect(defect(fields)).toBe(message);
  });

  it.each([[[]], [null], ['text'], [7], [[order]]])('refuses %j, which is no object', (data) => {
    expect(OrderPlaced.schema.safeParse(data).success).toBe(false);
  });

  it('accepts no prototype from the record', () => {
    const data: unknown = JSON.parse(
      '{"__proto__":{"orderId":"evil"},"customerId":"c-1","amount":1}',
    );
    expect(OrderPlaced.schema.safeParse(data).success).toBe(false);
  });
});
