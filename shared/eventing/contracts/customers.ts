import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { identifier, slug } from './fields.ts';

const customerNumber = z.int().min(1).describe('Id of the unified customer');

const records = z.array(z.object({ source: z.enum(['dotnet', 'store']), recordId: identifier }));

const customerFields = {
  tenantId: slug,
  customerId: customerNumber,
  version: z.int().min(1).describe('Incremented with every change of the customer'),
};

const example = {
  tenantId: 'default',
  customerId: 4711,
  version: 1,
  records: [
    { source: 'dotnet' as const, recordId: 'u-48113' },
    { source: 'store' as const, recordId: 's-99120' },
  ],
};

/** Records of both sources agree for the first time. */
export const CustomerCreated = defineContract({
  type: 'guerdon.customer.created.v1',
  topic: 'customer-events',
  summary: 'Records of both sources were matched to a new customer.',
  schema: z.object({ ...customerFields, records }),
  example,
});

/** The records of a customer changed, or the details of one of them. */
export const CustomerUpdated = defineContract({
  type: 'guerdon.customer.updated.v1',
  topic: 'customer-events',
  summary: 'The records of a customer changed.',
  schema: z.object({
    ...customerFields,
    records: records.describe(
      'All records of the customer; empty while only one source has records',
    ),
  }),
  example: { ...example, version: 2 },
});

/** Two customers turned out to be one. */
export const CustomerMerged = defineContract({
  type: 'guerdon.customer.merged.v1',
  topic: 'customer-events',
  summary: 'A customer was merged into another one.',
  schema: z.object({ ...customerFields, mergedInto: customerNumber }),
  example: { tenantId: 'default', customerId: 4712, version: 2, mergedInto: 4711 },
});

/** A merged customer exists again. */
export const CustomerSplit = defineContract({
  type: 'guerdon.customer.split.v1',
  topic: 'customer-events',
  summary: 'A customer was separated from the one that it had been merged into.',
  schema: z.object({ ...customerFields, records, splitFrom: customerNumber }),
  example: { ...example, customerId: 4712, version: 3, splitFrom: 4711 },
});
