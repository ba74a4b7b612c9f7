import { z } from 'zod';
import { metadata } from './parts.ts';

/** Settings of Kafka Connect; Strimzi accepts numbers and booleans, too. */
const settings = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

const resources = z.strictObject({
  requests: z.record(z.string(), z.string()).optional(),
  limits: z.record(z.string(), z.string()).optional(),
});

/**
 * Workers of Kafka Connect, with the fields that our manifests use:
 * https://strimzi.io/docs/operators/latest/configuring#type-KafkaConnectSpec-reference
 */
export const kafkaConnect = z.strictObject({
  apiVersion: z.literal('kafka.strimzi.io/v1'),
  kind: z.literal('KafkaConnect'),
  metadata,
  spec: z.strictObject({
    version: z.string().optional(),
    replicas: z.int().min(0),
    bootstrapServers: z.string().min(1),
    groupId: z.string().min(1),
    configStorageTopic: z.string().min(1),
    offsetStorageTopic: z.string().min(1),
    statusStorageTopic: z.string().min(1),
    config: settings.default({}),
    build: z
      .strictObject({
        output: z.strictObject({
          type: z.enum(['docker', 'imagestream']),
          image: z.string().min(1),
          pushSecret: z.string().optional(),
        }),
        plugins: z
          .array(
            z.strictObject({
              name: z.string().min(1),
              artifacts: z
                .array(
                  z.strictObject({
                    type: z.literal('maven'),
                    group: z.string(),
                    artifact: z.string(),
                    version: z.string(),
                  }),
                )
                .min(1),
            }),
          )
          .min(1),
      })
      .optional(),
    resources: resources.optional(),
  }),
});

/**
 * A connector that Strimzi configures in the KafkaConnect of its label:
 * https://strimzi.io/docs/operators/latest/configuring#type-KafkaConnectorSpec-reference
 */
export const kafkaConnector = z.strictObject({
  apiVersion: z.literal('kafka.strimzi.io/v1'),
  kind: z.literal('KafkaConnector'),
  metadata,
  spec: z.strictObject({
    class: z.string().min(1),
    tasksMax: z.int().min(1).default(1),
    autoRestart: z
      .strictObject({ enabled: z.boolean(), maxRestarts: z.int().min(0).optional() })
      .optional(),
    state: z.enum(['running', 'paused', 'stopped']).optional(),
    config: settings.default({}),
  }),
});
