import { z } from 'zod';
import type { Caller } from '#shared/runtime/http/access/auth.ts';
import { shownInstant } from '#shared/runtime/http/body/body-fields.ts';
import type {
  CustomerChange,
  StoredCustomer,
  StoredRecord,
} from '#shared/stores/postgres/customers/customer-reader.ts';
import type {
  StoredDecision,
  StoredLink,
} from '#shared/stores/postgres/customers/links/link-reader.ts';
import { type Details, maskDetails } from './mask-details.ts';
import { unmaskedScope } from './parameters.ts';

const details = z
  .record(z.string(), z.unknown())
  .nullable()
  .describe(
    `Name, phone, e-mail and so on, masked unless the token has the scope ${unmaskedScope}; null once the person is erased`,
  );

/** A customer of whom both sources have records. */
export const customerAnswer = z
  .object({
    customerId: z.int(),
    mergedCustomers: z
      .array(z.int())
      .describe('Ids of customers that were merged into this one; they resolve to this one'),
    dataSources: z
      .array(z.string())
      .describe(
        'Sources of its records: dotnet, store; empty if all of them now belong to another customer',
      ),
    firstSeen: shownInstant.describe('Earliest changedAt of its records so far'),
    lastUpdated: shownInstant.describe('Latest changedAt of its records so far'),
    details,
  })
  .meta({ id: 'UnifiedCustomer' });

/** A record, as its source last sent it. */
export const recordAnswer = z
  .object({
    recordNo: z.int().describe('Identifies the record in links and decisions'),
    source: z.string(),
    recordId: z.string().describe('Id in its source'),
    accountId: z
      .string()
      .nullable()
      .describe('customerId of orders and userId of actions, if the source knows it'),
    customerId: z.int().nullable().describe('null while only one source has records of the person'),
    changedAt: shownInstant,
    details,
  })
  .meta({ id: 'CustomerRecord' });

/** Why two records are of one person, field by field. */
export const linkAnswer = z
  .object({
    a: z.int().describe('The lower recordNo of the two'),
    b: z.int().describe('The higher one'),
    band: z
      .enum(['LINK', 'REVIEW'])
      .describe('LINK: linked by its score; REVIEW: waiting for a decision'),
    probability: z.number().describe('Probability that both records belong to the same person'),
    model: z.string().describe('Version of the model that scored it'),
    priorBits: z
      .number()
      .describe('Odds before any field, in bits: the probability is 1 / (1 + 2^-sum of all bits)'),
    parts: z.array(
      z.object({
        field: z.string(),
        level: z.string().describe('How well the two values agree'),
        bits: z.number().describe('Contribution of the field to the odds, in bits'),
        probability: z
          .number()
          .describe('Probability with the prior and the fields up to this one'),
      }),
    ),
    scoredAt: shownInstant,
  })
  .meta({ id: 'RecordLink' });

/** A decision about two records. */
export const decisionAnswer = z
  .object({
    a: z.int(),
    b: z.int(),
    decided: z.enum(['SAME', 'DIFFERENT']),
    decidedBy: z.string(),
    decidedAt: shownInstant,
    reason: z.string(),
  })
  .meta({ id: 'LinkDecision' });

/** The last change of a customer. */
export const changeAnswer = z
  .object({
    customerId: z.int(),
    status: z.enum(['CURRENT', 'MERGED', 'ERASED']),
    mergedInto: z.int().nullable(),
  })
  .meta({ id: 'CustomerChange' });

/** Details as the caller may see them. */
const showDetails = (shown: Details | undefined, caller: Caller) => {
  if (shown === undefined) return null;
  const isUnmasked = caller.unrestricted || caller.scopes.has(unmaskedScope);
  return isUnmasked ? shown : maskDetails(shown);
};

/** Shows a customer. */
export const showCustomer = (
  { customerId, merged, dataSources, firstSeen, lastUpdated, details: own }: StoredCustomer,
  caller: Caller,
): z.output<typeof customerAnswer> => ({
  customerId,
  mergedCustomers: [...merged],
  dataSources: [...dataSources],
  firstSeen: firstSeen.toISOString(),
  lastUpdated: lastUpdated.toISOString(),
  details: showDetails(own, caller),
});

/** Shows a record. */
export const showRecord = (
  { changedAt, details: own, ...shown }: StoredRecord,
  caller: Caller,
): z.output<typeof recordAnswer> => ({
  ...shown,
  changedAt: changedAt.toISOString(),
  details: showDetails(own, caller),
});

/** Shows a link as a waterfall: what each field adds, and the resulting probability. */
export const showLink = ({ score, scoredAt, ...link }: StoredLink): z.output<typeof linkAnswer> => {
  let bits = score.priorBits;
  const parts = score.parts.map((part) => {
    bits += part.bits;
    return { ...part, probability: 1 / (1 + 2 ** -bits) };
  });
  const { model, priorBits } = score;
  return { ...link, model, priorBits, parts, scoredAt: scoredAt.toISOString() };
};

/** Shows a decision. */
export const showDecision = ({
  decidedAt,
  ...decision
}: StoredDecision): z.output<typeof decisionAnswer> => ({
  ...decision,
  decidedAt: decidedAt.toISOString(),
});

/** Shows the last change of a customer. */
export const showChange = ({
  customerId,
  mergedInto,
  erasedAt,
}: CustomerChange): z.output<typeof changeAnswer> => ({
  customerId,
  status: erasedAt !== null ? 'ERASED' : mergedInto === null ? 'CURRENT' : 'MERGED',
  mergedInto,
});
