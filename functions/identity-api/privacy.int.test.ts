import { beforeAll, describe, expect, it } from 'vitest';
import { secretBox } from '#shared/runtime/secret-box.ts';
import { completeErasure } from '#shared/stores/erase-person.ts';
import { auditProofs } from '#shared/stores/postgres/privacy/erasure-proof.ts';
import { erasures } from '#shared/stores/postgres/privacy/erasures.ts';
import { rewrapKeys } from '#shared/stores/postgres/privacy/rewrap-keys.ts';
import { forgetPerson } from '#shared/stores/redis/person-cache.ts';
import { identityWorld } from '#shared/testing/worlds/identity-world.ts';
import { routes } from './routes.ts';
import { stores } from './stores.ts';

const world = await identityWorld((clients) => routes(stores(clients)));
const { get, ask, post, person, deliver, earn, balanceOf, base, sql, redis, officer } = world;
const url = (customerId: number) => `${base}/unified-customers/${customerId}`;

/** Every row of every table that contains a text. */
const rowsWith = async (...texts: readonly string[]) => {
  const tables = await sql<{ name: string }[]>`
    select table_name as name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE'`;
  const pairs = tables.flatMap(({ name }) => texts.map((text) => ({ name, text })));
  const found = await Promise.all(
    pairs.map(async ({ name, text }) => {
      const rows =
        await sql`select from ${sql(name)} row where row::text like ${`%${text}%`} limit 1`;
      return rows.length > 0 ? [`${name}: ${text}`] : [];
    }),
  );
  return found.flat();
};
const countOf = async (recordNos: readonly number[]) => {
  const [row] = await sql`
    select (select count(*) from customer_records where record_no = any(${recordNos}::bigint[]))
      + (select count(*) from matching_blocks where record_no = any(${recordNos}::bigint[]))
      + (select count(*) from record_links where a = any(${recordNos}::bigint[]) or b = any(${recordNos}::bigint[]))
      + (select count(*) from link_decisions where a = any(${recordNos}::bigint[]) or b = any(${recordNos}::bigint[])) as count`;
  return row?.['count'] as number;
};
const recordNosOf = async (customerId: number) =>
  (
    await sql<{ recordNo: number }[]>`
      select record_no from customer_records where customer_id = ${customerId}`
  ).map(({ recordNo }) => recordNo);

describe('an erased customer', () => {
  let own: Awaited<ReturnType<typeof person>>;
  let other: Awaited<ReturnType<typeof person>>;
  let recordNos: readonly number[];
  beforeAll(async () => {
    own = await person({ dotnet: 'erased-1' });
    other = await person({ store: 'erased-2' });
    for (const accountId of ['erased-1', 'erased-2'])
      await earn({ tenantId: 'acme', customerId: accountId, program: 'points' }, 30);
    await post(`${url(own.customerId)}:merge`, { customerId: other.customerId, reason: 'same' });
    recordNos = await recordNosOf(own.customerId);
    expect(recordNos).toHaveLength(4);
    expect(await ask('DELETE', url(other.customerId))).toMatchObject({
      status: 202,
      body: { status: 'PENDING', requestedBy: 'ann' },
    });
  });

  it('leaves nothing of the person in any table, and no key', async () => {
    expect(await countOf(recordNos)).toBe(0);
    expect(await rowsWith(own.name, other.name, own.phone, other.phone, own.email)).toEqual([]);
    const keys = await sql`
      select from person_keys, unnest(${[
        ...[own, other].map(({ customerId }) => `customer:${customerId}`),
        ...['dotnet', 'store'].flatMap((source) =>
          [own, other].map(({ recordId }) => `record:${source}:${recordId}`),
        ),
      ]}::text[]) id where person = person_digest('acme', id)`;
    expect(keys).toHaveLength(0);
    for (const { customerId } of [own, other]) {
      expect(await get(url(customerId))).toMatchObject({
        status: 410,
        body: { code: 'customer-erased' },
      });
    }
    expect((await post(`${base}/unified-customers:search`, { phone: own.phone })).body).toEqual({
      ...{ customers: [], nextCursor: null },
    });
    const changes = (await get(`${base}/customer-changes?limit=1000`)).body['changes'];
    expect(changes).toContainEqual(
      expect.objectContaining({ customerId: own.customerId, status: 'ERASED' }),
    );
    const account = { tenantId: 'acme', customerId: 'erased-1', program: 'points' };
    // The ledger stays, and so do transfers between the accounts.
    expect(await balanceOf(account)).toMatchObject({ points: 60 });
  });

  it('stays erased when its records arrive a week later, under any account of the person', async () => {
    const records = [own, other].flatMap(({ recordId, name, phone, email }) =>
      (['dotnet', 'store'] as const).map((source) => ({
        ...{ source, recordId, given: { name, phone, email } },
        changedAt: new Date('2026-11-28T00:00:00Z'),
      })),
    );
    await deliver(...records);
    await deliver({
      ...{ source: 'store', recordId: 'new-one', accountId: 'erased-2' },
      given: { name: other.name, phone: other.phone },
    });
    const rows = await sql`
      select from customer_records where record_id in (${own.recordId}, ${other.recordId}, 'new-one')`;
    expect(rows).toHaveLength(0);
  });

  it('completes with a proof for each of the persons', async () => {
    const parts = { erasures: erasures(sql, { settleMs: 0 }), forget: forgetPerson(redis) };
    const open = await parts.erasures.open(100);
    expect(open.map(({ personId }) => personId)).toEqual(
      expect.arrayContaining([
        `customer:${own.customerId}`,
        'erased-1',
        `record:store:${own.recordId}`,
      ]),
    );
    for (const each of open)
      for (let tries = 0; tries < 200 && !(await completeErasure(parts, each)); tries += 1);
    expect(await auditProofs(sql, 'acme')).toMatchObject({ checked: open.length, wrong: [] });
    expect(await ask('DELETE', url(own.customerId))).toMatchObject({
      status: 200,
      body: { status: 'COMPLETED', proof: expect.any(String) as string },
    });
    const { body } = await get(`${url(own.customerId)}/erasure`);
    expect(body).toMatchObject({ status: 'COMPLETED', requestedBy: 'ann' });
    expect(body['proof']).toMatch(/^[0-9a-f]{64}$/);
  });
});

it('shows the progress of an erasure, also of a customer that was merged into the erased one', async () => {
  const [one, other] = [await person(), await person()];
  await post(`${url(one.customerId)}:merge`, { customerId: other.customerId, reason: 'same' });
  const erasure = `${url(other.customerId)}/erasure`;
  expect(await get(erasure)).toMatchObject({ status: 404, body: { code: 'erasure-not-found' } });
  await ask('DELETE', url(one.customerId));
  expect(await get(erasure)).toMatchObject({
    status: 200,
    body: { status: 'PENDING', requestedBy: 'ann', completedAt: null, proof: null },
  });
});

it('a record in flight while its person is erased is not stored, whichever is first', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { customerId, recordId, name, phone } = await person();
    const late = (day: number) =>
      deliver({
        ...{ source: 'store', recordId, given: { name, phone, postcode: `56000${day}` } },
        changedAt: new Date(Date.UTC(2026, 10, 10 + day)),
      });
    const [, erased] = await Promise.all([
      late(1),
      ask('DELETE', url(customerId)),
      late(2),
      late(3),
    ]);
    expect(erased.status).toBe(202);
    const rows = await sql`select from customer_records where record_id = ${recordId}`;
    expect(rows).toHaveLength(0);
    expect(await get(url(customerId))).toMatchObject({ status: 410 });
  }
});

it('erasing an account by its id erases its records', async () => {
  const { customerId } = await person({ store: 'account-9' });
  const recordNos = await recordNosOf(customerId);
  const own = erasures(sql);
  const erased = { tenantId: 'acme', personId: 'account-9' };
  await own.request(erased, 'ann');
  await own.sweep(erased);
  expect(await recordNosOf(customerId)).toHaveLength(1);
  expect((await get(url(customerId), { bearer: officer })).body['details']).toBeNull();
  expect(await countOf(recordNos)).toBeGreaterThan(0);
});

it('exports what is stored of a customer, page by page, and records who did', async () => {
  const { customerId, name, phone } = await person({ dotnet: 'exported-1' });
  const first = await get(`${url(customerId)}/export?limit=1`);
  expect(first.body).toMatchObject({
    customerId,
    details: { name, phone },
    records: [{ source: 'dotnet', accountId: 'exported-1', details: { name } }],
  });
  const cursor = String(first.body['nextCursor']);
  const second = await get(`${url(customerId)}/export?limit=1&cursor=${cursor}`);
  expect(second.body).toMatchObject({ records: [{ source: 'store' }], nextCursor: null });
  const noted = await sql`
    select subject from audit_log where resource = ${`unified-customers/${customerId}/export`}`;
  expect(noted).toEqual([{ subject: 'ann' }, { subject: 'ann' }]);
});

it('stays readable and writable while the master key is rotated', async () => {
  const persons = await Promise.all(Array.from({ length: 6 }, () => person()));
  const rotated = secretBox([
    { id: 'next', bytes: Buffer.alloc(32, 9) },
    { id: 'test', bytes: Buffer.alloc(32, 7) },
  ]);
  const reads = persons.map(({ customerId }) => get(url(customerId), { bearer: officer }));
  const [moved, made, ...answers] = await Promise.all([
    rewrapKeys(sql, { masterKeys: rotated, keysPerPage: 2 }),
    person(),
    ...reads,
  ]);
  expect(moved).toBeGreaterThan(0);
  for (const [index, answer] of answers.entries())
    expect(answer.body['details']).toMatchObject({ name: persons[index]?.name });
  expect(made.customerId).toBeGreaterThan(0);
});
