import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '#scripts/manifests/load-project.ts';
import kafkaSink from './kafka-sink.json' with { type: 'json' };
import kafkaSource from './kafka-source.json' with { type: 'json' };
import trigger from './trigger.json' with { type: 'json' };

const recording = join(root, '../shared/knative/captures/dataplane-1.23.0.json');
const hasRecording = existsSync(recording);
if (!hasRecording)
  console.warn(`SKIPPED: the captures against their recording, because there is no ${recording}`);

test.skipIf(!hasRecording)('the captures are what the real data plane was recorded to do', () => {
  const recorded = JSON.parse(readFileSync(recording, 'utf8')) as Record<string, unknown>;
  expect(recorded).toMatchObject({
    'kafkaSource orders': kafkaSource,
    triggers: trigger,
    'records that the real KafkaSink receiver wrote': kafkaSink,
  });
});
