import { z } from 'zod';
import { parsePhoneRange } from '#shared/domain/matching/fields/phone-range.ts';
import { avroShape } from '#shared/eventing/avro/avro-decoder.ts';
import { phoneRegions } from '#shared/matching/phone-regions.ts';
import { brokerList, count, requestShape } from '#shared/runtime/config.ts';
import { secretKeys } from '#shared/runtime/secret-box.ts';

const phoneRange = z.string().transform((text, context) => {
  const range = parsePhoneRange(text);
  if (range !== undefined) return range;
  context.addIssue('must be from..to, such as ..+9195 or +9195..');
  return z.NEVER;
});

/** What matching depends on: an import needs the same values as the function. */
export const matchingShape = {
  /** A key that more records share proposes none of them. */
  BLOCK_RECORDS_MAX: count.default(500),
  /** The region of phones without a country code. */
  PHONE_REGION: z.enum(phoneRegions).default('IN'),
  /** The phones whose records are matched here, where other shards match the rest; all of them. */
  PHONE_RANGE: phoneRange.optional(),
  /** Wrap the data keys of persons: `id:base64,…`. */
  PERSON_MASTER_KEYS: secretKeys,
  /** Hash what records are found by: `id:base64,…`. */
  BLIND_INDEX_KEYS: secretKeys,
};

/** The variables of match-customer. */
export const shape = {
  DATABASE_URL: z.url(),
  /** Connections per pod: two commits, and keys of the batches after them. */
  DATABASE_POOL_MAX: count.default(4),
  KAFKA_BROKERS: brokerList,
  /** Records of the online shop that are folded and encrypted together. */
  DOTNET_BATCH_ITEMS_MAX: count.default(50),
  /** Records of stores that are folded and encrypted together. */
  STORE_BATCH_ITEMS_MAX: count.default(100),
  /**
   * Batches that wait for a commit join it. Another transaction starts once half as many wait, to
   * take the lock of the tenant when the one before releases it.
   */
  COMMIT_BATCHES_MAX: count.default(4),
  ...matchingShape,
  ...avroShape,
  ...requestShape,
};
