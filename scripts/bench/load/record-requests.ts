import { recordRequest } from './record-request.ts';

/** Records of the topic `orders`, given by the caller. */
export type GivenRecords = Readonly<{
  records: readonly Readonly<{ key: string; value: object }>[];
}>;

/** Makes the requests that a KafkaSource sends for these records. */
export const makeRequests = ({ records }: GivenRecords): Buffer[] =>
  records.map(({ key, value }, offset) =>
    recordRequest({
      ...{ host: 'award-points', topic: 'orders', partition: 1, offset, key },
      time: new Date().toISOString(),
      body: JSON.stringify(value),
    }),
  );
