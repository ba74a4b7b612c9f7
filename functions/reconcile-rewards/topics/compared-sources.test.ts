import { expect, it } from 'vitest';
import { readTopology } from '#scripts/knative/topology.ts';
import { comparedSources } from './compared-sources.ts';

/**
 * The records of these sources are derived from rows in Postgres, so they can be found there;
 * update-sketch stores none.
 */
const isOfOurRecords = [
  ...['deliver-webhook', 'project-limits', 'record-analytics', 'update-sketch', 'update-cohort'],
  'match-customer',
  'carry-points',
];

it('compares the topics of all KafkaSources up to what their consumer groups have committed', () => {
  const { kafkaSources } = readTopology('infra/knative/overlays/production', {
    ...{
      DATABASE_URL: 'postgres://nowhere',
      REDIS_URL: 'redis://nowhere',
      AUTH_JWT_SECRET: 'none',
      WEBHOOK_SECRET_KEYS: 'none',
      PERSON_MASTER_KEYS: 'none',
      BLIND_INDEX_KEYS: 'none',
    },
  });
  const declared = kafkaSources
    .filter(({ spec: { sink } }) => !isOfOurRecords.includes(sink.ref?.name ?? ''))
    .flatMap(({ metadata: { name }, spec: { topics, consumerGroup } }) =>
      topics.map((topic) => ({ name, topic, group: consumerGroup })),
    );
  const byName = (one: { name: string }, other: { name: string }) =>
    one.name < other.name ? -1 : 1;
  expect([...comparedSources].sort(byName)).toEqual(declared.sort(byName));
});
