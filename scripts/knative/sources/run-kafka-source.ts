import { z } from 'zod';
import type { Resource } from '#scripts/manifests/kinds.ts';
import { withExtensions } from '../events/routed-event.ts';
import { cloudEventIn, wrapPlainRecord } from '../kafka/record-to-event.ts';
import type { RunningSource } from '../statistics.ts';
import { sourceRoute } from './route.ts';
import { type DataPlane, runSource } from './run-source.ts';

const keyTypeLabel = 'kafkasources.sources.knative.dev/key-type';
const keyTypes = z.enum(['string', 'int', 'float', 'byte-array']).default('string');

/** A KafkaSource: every record of its topics reaches its sink as a CloudEvent, at least once. */
export const runKafkaSource = (
  plane: DataPlane,
  source: Resource<'KafkaSource'>,
): Promise<RunningSource> => {
  const { name, namespace, labels } = source.metadata;
  const wrapping = { name, namespace, keyType: keyTypes.parse(labels[keyTypeLabel]) };
  const { extensions } = source.spec.ceOverrides;
  return runSource(plane, {
    ...sourceRoute(source),
    toEvent: (record) =>
      withExtensions(cloudEventIn(record) ?? wrapPlainRecord(record, wrapping), extensions),
  });
};
