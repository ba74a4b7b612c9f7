import { dataOf } from '#scripts/matching/customer-fixture.ts';
import { generateRecords, type LabelledRecord } from '#scripts/matching/generate-records.ts';
import { pairwiseQuality } from '#scripts/matching/pairwise-quality.ts';
import { sendOrders } from '#scripts/orders/send-orders.ts';
import type { Platform } from '#scripts/platform/start-platform.ts';
import { withSql } from '#scripts/platform/with-sql.ts';
import { recordName } from '#shared/domain/matching/record-details.ts';
import { customerSets } from '../matching/customer-fixture.ts';
import type { Check } from './verdict.ts';

/** Records of 3,000 made-up people, 70 % of whom are in both sources. */
const people = { seed: 5, people: 3_000 };

/** The required precision and recall. */
const qualityMin = 0.995;

/**
 * Streams records of both sources through Kafka at once, and compares the pairs of records that
 * form customers in Postgres with the people in the generated records.
 */
export const customersCheck = async ({ brokers, knative, services }: Platform): Promise<Check> => {
  const labelled = generateRecords(people);
  await Promise.all(
    (['dotnet', 'store'] as const).map((source) =>
      sendOrders(recordsOf(labelled, source), { brokers, topic: `${source}-details` }),
    ),
  );
  await knative.drained();
  return withSql(services.postgres.url, async (sql) => {
    const customers = await customerSets(sql);
    const { precision, recall } = pairwiseQuality(customers, inBothSources(labelled));
    const percent = (share: number) => `${(share * 100).toFixed(2)} %`;
    return {
      name: 'people in both sources are customers',
      ok: precision >= qualityMin && recall >= qualityMin,
      detail: `${customers.length} customers of ${labelled.length} records, precision ${percent(precision)}, recall ${percent(recall)}`,
    };
  });
};

const recordsOf = (labelled: readonly LabelledRecord[], source: string) =>
  labelled
    .filter(({ record }) => record.source === source)
    .map((own) => ({
      ...{ kind: 'order' as const, refusable: false },
      key: own.record.recordId,
      value: Buffer.from(JSON.stringify(dataOf(own))),
    }));

/** The person of each record, of people who have records in both sources. */
const inBothSources = (labelled: readonly LabelledRecord[]): ReadonlyMap<string, string> => {
  const people = Map.groupBy(labelled, ({ personId }) => personId);
  return new Map(
    [...people.values()]
      .filter((own) => new Set(own.map(({ record }) => record.source)).size > 1)
      .flatMap((own) => own.map(({ record, personId }) => [recordName(record), personId])),
  );
};
