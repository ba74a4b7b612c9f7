import type { IHeaders } from 'kafkajs';
import { expect, test } from 'vitest';
import { lostRecords } from './lost-records.ts';

const recordWith = (headers: Readonly<Record<string, string | null>>) => ({
  topic: 'orders',
  partition: 0,
  message: {
    key: null,
    value: Buffer.from('{}'),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name,
        value === null ? null : Buffer.from(value),
      ]),
    ) as IHeaders,
    offset: '0',
    timestamp: '0',
    attributes: 0,
  },
});

const plain = recordWith({ 'content-type': 'application/json' });
const brokenPlain = recordWith({ 'x-tenant': null });
const event = { ce_specversion: '1.0', ce_id: 'e-1', ce_source: '/s', ce_type: 't' };
const intact = recordWith(event);
const brokenEvent = recordWith({ ...event, 'x-tenant': null });
const brokenAttribute = recordWith({ ...event, ce_tenantid: null });

test('with a plain record that has a null header, every plain record of its poll is lost', () => {
  expect(lostRecords([plain, intact, brokenPlain])).toEqual(new Set([brokenPlain, plain]));
});

test('a CloudEvent with a null header is lost alone', () => {
  expect(lostRecords([plain, intact, brokenEvent])).toEqual(new Set([brokenEvent]));
});

test('a null attribute makes a plain record of an event', () => {
  expect(lostRecords([plain, brokenAttribute])).toEqual(new Set([brokenAttribute, plain]));
});

test('headers that come twice count one by one', () => {
  const twice = recordWith({});
  twice.message.headers = { 'x-tenant': [Buffer.from('acme'), null as never] };
  expect(lostRecords([twice, intact])).toEqual(new Set([twice]));
});

test('nothing is lost of a poll whose headers all have values', () => {
  expect(lostRecords([plain, intact])).toEqual(new Set());
});
