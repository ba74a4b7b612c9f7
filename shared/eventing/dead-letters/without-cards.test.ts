import { expect, it } from 'vitest';
import { toLetterRecord } from './letter-record.ts';
import { withoutCards } from './without-cards.ts';

const position = { 'ce-knativekafkapartition': '3', 'ce-knativekafkaoffset': '7' };
const letter = (path: string, body: string | Buffer) =>
  withoutCards(toLetterRecord({ path, headers: position, body: Buffer.from(body) })).value;

it.each([
  [
    'JSON',
    '{"creditCard":4111111111111111,"name":"Zoë"}',
    '{"creditCard":"************1111","name":"Zoë"}',
  ],
  ['what is no JSON', 'name=Zoë&card=4111 1111 1111 1111', 'name=Zoë&card=**** **** **** 1111'],
  ['a record without a card', '{ "name": "Zoë" }', '{ "name": "Zoë" }'],
])('masks card numbers of records of customers in %s', (_what, body, kept) => {
  expect(letter('/store-details', body)?.toString()).toBe(kept);
});

it('keeps the length of Avro, and names the letter by its record', () => {
  const avro = Buffer.concat([
    Buffer.from([0, 0, 0, 0, 9, 38]),
    Buffer.from('4111 1111 1111 1111'),
    Buffer.from([255]),
  ]);
  expect(letter('/store-details', avro)).toHaveLength(avro.length);
  expect(letter('/store-details', avro)?.includes('4111')).toBe(false);
});

it('leaves other topics alone', () => {
  expect(letter('/orders', '{"card":"4111111111111111"}')?.toString()).toContain(
    '4111111111111111',
  );
});
