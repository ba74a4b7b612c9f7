import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTopic } from '#scripts/platform/topics/read-topic.ts';
import { hasKafka, testKafka } from '#shared/testing/servers/servers.ts';
import type { LocalKnative } from '../local-knative.ts';
import { playManifests } from '../play-manifests.ts';

const { brokers } = testKafka();

/**
 * Sends an event at its start, and answers with its variables and with the outcome of the event.
 */
const speaker = `
  import { createServer } from 'node:http';
  const { K_SINK, PORT, HOST } = process.env;
  const headers = { 'ce-specversion': '1.0', 'ce-id': 'e-1', 'ce-source': '/speaker', 'ce-type': 'said' };
  const { status } = await fetch(K_SINK, { method: 'POST', headers, body: '{}' });
  createServer((request, response) => response.end(JSON.stringify({ ...process.env, status })))
    .listen(Number(PORT), HOST);`;

const service = {
  apiVersion: 'serving.knative.dev/v1',
  kind: 'Service',
  metadata: { name: 'speaker' },
  spec: { template: { spec: { containers: [{ image: 'speaker' }] } } },
};
/** A unique name, since a Broker's topic remains after the test on a Kafka that others use, too. */
const name = `bound-${randomUUID().slice(0, 8)}`;
const broker = {
  apiVersion: 'eventing.knative.dev/v1',
  kind: 'Broker',
  metadata: { name },
};
const binding = {
  apiVersion: 'sources.knative.dev/v1',
  kind: 'SinkBinding',
  metadata: { name: 'speaker-to-bound' },
  spec: {
    subject: { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 'speaker' },
    sink: { ref: { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name } },
    ceOverrides: { extensions: { by: 'speaker' } },
  },
};

let directory: string;
let knative: LocalKnative | undefined;

describe.skipIf(!hasKafka())('a function that a SinkBinding binds', () => {
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'guerdon-binding-'));
    await mkdir(join(directory, 'speaker'));
    await writeFile(join(directory, 'speaker', 'package.json'), '{"type":"module"}');
    await writeFile(join(directory, 'speaker', 'index.js'), speaker);
  });
  afterEach(async () => {
    await knative?.stop();
    knative = undefined;
    await rm(directory, { recursive: true });
  });

  it('reaches its Broker from its first moment on, and after a restart', async () => {
    knative = await playManifests({ directory, brokers }, service, broker, binding);
    const expected = {
      K_SINK: knative.broker(name),
      K_CE_OVERRIDES: '{"extensions":{"by":"speaker"}}',
      status: 202,
    };
    const answer = async (url: string) => (await (await fetch(url)).json()) as object;
    expect(await answer(knative.url('speaker'))).toMatchObject(expected);
    await knative.restart('speaker');
    expect(await answer(knative.url('speaker'))).toMatchObject(expected);
    const records = await readTopic(brokers, `knative-broker-rewards-${name}`);
    expect(records.map(({ headers }) => String(headers?.['ce_source']))).toEqual([
      '/speaker',
      '/speaker',
    ]);
  });
});
