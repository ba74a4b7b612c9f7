/** The settings of a source in a test: at least its topics and its sink. */
type SourceSpec = Readonly<{ topics: readonly string[]; sink: object }> &
  Readonly<Record<string, unknown>>;

/**
 * The manifest of a KafkaSource for the local runtime, which knows the brokers by itself. It reads
 * its topics from their beginning, in a consumer group named after the first one.
 */
export const kafkaSource = (name: string, spec: SourceSpec) => ({
  apiVersion: 'sources.knative.dev/v1',
  kind: 'KafkaSource',
  metadata: { name },
  spec: {
    bootstrapServers: ['nowhere:9092'],
    consumerGroup: spec.topics[0],
    initialOffset: 'earliest',
    ...spec,
  },
});
