import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RecordingSink, recordingSink } from '#scripts/knative/receivers/recording-sink.ts';
import { schemaRegistry } from './schema-registry.ts';

describe('schemaRegistry', () => {
  let server: RecordingSink;
  beforeEach(async () => {
    server = await recordingSink();
  });
  afterEach(() => server.close());

  it('waits for an answer no longer than it may', async () => {
    server.answer(() => ({ status: 'never' }));
    const registry = schemaRegistry({ url: server.url, timeoutMs: 20, compile: String });
    await expect(registry.find(1)).rejects.toMatchObject({ name: 'Unavailable' });
  });
});
