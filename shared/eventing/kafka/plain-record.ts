/**
 * The type that KafkaSource gives a record that is no CloudEvent; its topic follows the # of the
 * event's source.
 */
export const plainRecord = 'dev.knative.kafka.event';
