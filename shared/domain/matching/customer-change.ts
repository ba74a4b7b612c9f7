import type { Source } from './profile.ts';

/** Names a record of a tenant. */
export type RecordId = Readonly<{ source: Source; recordId: string }>;

/** What became of a customer. */
export type CustomerChange = Readonly<{
  kind: 'created' | 'updated' | 'merged' | 'split';
  tenantId: string;
  customerId: number;
  /** Of the customer, after the change. */
  version: number;
  /** Its records after the change; none of one that is merged, or that one source alone has. */
  records: readonly RecordId[];
  /** What it was merged into, or split from. */
  otherId?: number | undefined;
}>;
