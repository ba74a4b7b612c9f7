import { maskCardNumbers, withoutCardNumbers } from '#shared/domain/matching/fields/card-number.ts';
import { DotnetRecordChanged, StoreRecordChanged } from '../contracts/customer-records.ts';
import { type LetterRecord, originIn } from './letter-record.ts';

/** Topics whose records may have the number of a card. */
const topics: ReadonlySet<string> = new Set([DotnetRecordChanged.topic, StoreRecordChanged.topic]);

/**
 * A letter in which card numbers are masked, if its record is one of a customer: dead letters are
 * kept for long and read by people. Sent again, such a record is matched by its other fields.
 * Values that are not JSON keep their length, so that Avro stays readable.
 */
export const withoutCards = (letter: LetterRecord): LetterRecord => {
  if (letter.value === null || !topics.has(originIn(letter) ?? '')) return letter;
  return { ...letter, value: maskedValue(letter.value) };
};

const maskedValue = (value: Buffer): Buffer => {
  const text = value.toString('latin1');
  if (maskCardNumbers(text) === text) return value;
  try {
    return Buffer.from(JSON.stringify(withoutCardNumbers(JSON.parse(value.toString('utf8')))));
  } catch {
    return Buffer.from(maskCardNumbers(text), 'latin1');
  }
};
