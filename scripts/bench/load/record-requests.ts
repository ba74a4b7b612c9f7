/** Records of the topic `orders` that a caller made. */
export type GivenRecords = Readonly<{
  records: readonly Readonly<{ key: string; value: object }>[];
}>;

/** Makes the requests that a KafkaSource sends for these records. */
export const makeRequests = ({ records }: GivenRecords): Buffer[] =>
  records.map(({ key, value }, number) => {
    const body = JSON.stringify(value);
    const head = [
      'POST / HTTP/1.1',
      'host: award-points',
      'ce-specversion: 1.0',
      'ce-type: dev.knative.kafka.event',
      'ce-source: /apis/v1/namespaces/guerdon/kafkasources/orders#orders',
      `ce-id: partition:1/offset:${number}`,
      `ce-subject: partition:1#${number}`,
      `ce-time: ${new Date().toISOString()}`,
      `ce-key: ${key}`,
      `ce-partitionkey: ${key}`,
      `content-length: ${Buffer.byteLength(body)}`,
    ];
    return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
  });
