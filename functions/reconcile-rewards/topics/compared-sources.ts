/** A topic with the KafkaSource that delivers it. */
export type ComparedSource = Readonly<{
  /** The source's name, which is that of the topic in the contracts. */
  name: string;
  topic: string;
  group: string;
}>;

/** The sources of what changes points and incentives, as infra/kafka-source declares them. */
export const comparedSources: readonly ComparedSource[] = [
  { name: 'orders', topic: 'orders', group: 'guerdon-award-points' },
  { name: 'tenant-events', topic: 'tenant-events', group: 'guerdon-evaluate-campaign' },
  { name: 'campaign-qualified', topic: 'campaign-qualified', group: 'guerdon-check-limit' },
  { name: 'incentive-generated', topic: 'incentive-generated', group: 'guerdon-push-notification' },
];
