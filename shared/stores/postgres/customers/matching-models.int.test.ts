import { afterAll, describe, expect, it } from 'vitest';
import { localKeys } from '#scripts/matching/customer-fixture.ts';
import { defaultModel } from '#shared/domain/matching/models/matching-model.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { matchingModels } from './matching-models.ts';

const { url } = await testDatabase();
const sql = connectPostgres({ url, max: 4 });
afterAll(() => sql.end());

const tenantId = 'default';
const subject = 'operator';
const modelsOf = () => matchingModels(sql, localKeys);
const frequencies = {
  records: 1_000,
  names: new Map([['kumar', 80]]),
  phones: new Map([['+912245678301', 40]]),
};
const strict = { ...defaultModel, linkFrom: 0.9 };
const add = () =>
  modelsOf().add(tenantId, {
    ...{ model: strict, frequencies, subject },
    summary: { records: 1_000 },
  });

describe('matchingModels', () => {
  it('finds the default model until a version is active, then that one with its frequencies', async () => {
    expect(await modelsOf().find(tenantId)).toEqual({ model: defaultModel });
    expect(await add()).toEqual({ version: 1 });
    expect(await modelsOf().find(tenantId)).toEqual({ model: defaultModel });
    const activation = { version: 1, subject };
    const both = [modelsOf(), modelsOf()].map((one) => one.activate(tenantId, activation));
    expect(await Promise.all(both)).toEqual([true, true]);
    const expected = { model: { ...strict, version: 'default-1' }, frequencies };
    expect(await modelsOf().find(tenantId)).toEqual(expected);
    expect(await modelsOf().list(tenantId)).toMatchObject([
      { version: 1, isActive: true, createdBy: subject, summary: { records: 1_000 } },
    ]);
  });

  it('numbers versions that are added at once, and logs each with its activation', async () => {
    const added = await Promise.all([add(), add(), add()]);
    expect(new Set(added.map((one) => 'version' in one && one.version))).toEqual(
      new Set([2, 3, 4]),
    );
    await modelsOf().activate(tenantId, { version: 3, subject });
    const log = await sql<{ action: string; after: unknown }[]>`
      select action, after from audit_log where action = 'matching-model.activated' order by audit_no`;
    expect(log).toEqual([
      { action: 'matching-model.activated', after: { version: 1 } },
      { action: 'matching-model.activated', after: { version: 3 } },
    ]);
  });

  it('goes back to the default model, and leaves what is active for a version that does not exist', async () => {
    expect(await modelsOf().activate(tenantId, { version: 99, subject })).toBe(false);
    expect((await modelsOf().find(tenantId)).model.linkFrom).toBe(0.9);
    expect(await modelsOf().activate(tenantId, { version: 0, subject })).toBe(true);
    expect(await modelsOf().find(tenantId)).toEqual({ model: defaultModel });
  });

  it('refuses a model that cannot be used', async () => {
    const invalid = { ...defaultModel, reviewFrom: 0.95 };
    expect(await modelsOf().add(tenantId, { model: invalid, subject, summary: {} })).toEqual({
      problem: '0 < apartBelow ≤ reviewFrom ≤ linkFrom < 1 must hold',
    });
    expect(await modelsOf().list(tenantId)).toHaveLength(4);
  });

  it('stores common phones encrypted', async () => {
    const rows = await sql`select matching_models::text as text from matching_models`;
    expect(JSON.stringify(rows)).not.toContain('45678301');
  });
});
