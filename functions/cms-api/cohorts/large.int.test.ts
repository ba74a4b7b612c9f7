/** Cohorts that are computed, and lists that are uploaded in parts. */

import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { CohortRecomputeRequested } from '#shared/eventing/contracts/cohorts.ts';
import { problem } from '#shared/testing/api-client.ts';
import { readRows } from '#shared/testing/read-rows.ts';
import { cmsWorld } from '#shared/testing/worlds/cms-world.ts';
import { routes } from '../routes.ts';
import { stores } from '../stores.ts';
import { stageRows } from './stage-rows.ts';

const limits: { cohortCostMax?: number } = {};
const cms = await cmsWorld((clients) =>
  routes({
    ...stores({ ...clients, ...limits }),
    clock: clients.clock,
  }),
);
const { ask, get, post, sql, base, stranger, clientOn, redis, published, routes: served } = cms;
const url = '/api/v1/cohorts';

await ask('PUT', `${base}/actions/PURCHASE`, {
  body: { description: 'A purchase', fields: { amountMinor: { type: 'int', required: true } } },
});
await sql`insert into programs (tenant_id, program, name, unit) values ('acme', 'points', 'Points', 'POINTS')`;
const regulars = {
  all: [
    { of: 'events', action: 'PURCHASE', withinDays: 30, sumOf: 'amountMinor', atLeast: 100_000 },
    { not: { of: 'points', program: 'points', atMost: 0 } },
  ],
};
const dynamic = (cohort: string, predicate: unknown = regulars) => ({
  ...{ cohort, name: 'Regulars', kind: 'DYNAMIC' },
  definition: { predicate, everyHours: 6 },
});
const requested = () => published.filter(({ type }) => type === CohortRecomputeRequested.type);

describe('a dynamic cohort', () => {
  it('is saved with its definition, recomputed soon, and again with another definition', async () => {
    const made = await post(url, dynamic('regulars'));
    const { location = '' } = made;
    expect(made).toMatchObject({
      status: 201,
      body: { kind: 'DYNAMIC', version: 0, definition: { predicate: regulars, everyHours: 6 } },
    });
    expect(requested()).toHaveLength(1);
    expect(await post(`${location}:recompute`)).toMatchObject({
      status: 202,
      body: { size: 0, computedAt: null },
    });
    const { name, definition } = dynamic('regulars', { of: 'days-known', atLeast: 1 });
    const body = { name, definition };
    const put = () => ask('PUT', location, { body, ifMatch: '"1"' });
    expect(await put()).toMatchObject({ status: 200, etag: '"2"', body: { definition } });
    expect(await put()).toMatchObject({ status: 200, etag: '"2"' });
    const without = { body: { name }, ifMatch: '"2"' };
    expect(await ask('PUT', location, without)).toMatchObject(problem(409, 'cohort-of-other-kind'));
    expect(await post(`${location}/members`, { members: ['a'] })).toMatchObject(
      problem(404, 'cohort-not-found'),
    );
    expect(await post(`${location}/uploads`, { mode: 'add' })).toMatchObject(
      problem(409, 'cohort-not-static'),
    );
  });

  it.each<[unknown, string]>([
    [{ all: [] }, 'predicate.all: must be a list of 1 to 20'],
    [{ all: [{ of: 'spells' }] }, 'predicate.all.0.of: must be events, incentives'],
    [{ of: 'points', program: 'points' }, 'predicate.atLeast: is required unless atMost is given'],
    [
      { of: 'points', program: 'points', atLeast: 2, atMost: 1 },
      'predicate.atMost: must be at least atLeast',
    ],
    [
      { not: { of: 'events', action: 'PURCHASE', withinDays: 401, atLeast: 1 } },
      'predicate.not.withinDays: must be a whole number from 1 to 400',
    ],
    [{ of: 'points', program: 'x', atLeast: 1, sql: '1 = 1' }, 'predicate: has no field sql'],
    [{ not: { not: { not: { not: { not: regulars } } } } }, 'is deeper than 5 levels'],
    [
      { any: [{ of: 'events', action: 'GONE', withinDays: 1, atLeast: 1 }] },
      'predicate.any.0.action: action GONE does not exist',
    ],
    [
      { of: 'events', action: 'PURCHASE', withinDays: 1, sumOf: 'weight', atLeast: 1 },
      'predicate.sumOf: action PURCHASE has no number field weight',
    ],
    [{ of: 'points', program: 'miles', atLeast: 1 }, 'predicate.program: program miles does not'],
  ])('is refused where its predicate is wrong, with the path: %#', async (predicate, words) => {
    const answer = await post(url, dynamic('wrong', predicate));
    expect(answer).toMatchObject(
      problem(
        400,
        'invalid-request',
        `body definition.${words}`.slice(0, words.startsWith('is deeper') ? 0 : undefined),
      ),
    );
    expect(answer.body['detail']).toContain(words);
  });

  it('is refused with its cost where it is too expensive', async () => {
    const costOf = async (predicate: unknown) =>
      Number((await post(`${url}:preview`, { predicate })).body['cost']);
    const newcomers = { of: 'days-known', atMost: 7 };
    const [costs, tooMuch] = [await costOf(newcomers), await costOf(regulars)];
    limits.cohortCostMax = Math.floor((costs + tooMuch) / 2);
    const frugal = clientOn(redis);
    const words = `estimated cost is ${tooMuch}, and the maximum is ${limits.cohortCostMax}`;
    const refused = problem(422, 'cohort-too-expensive', words);
    expect(await frugal.post(url, dynamic('dear'))).toMatchObject(refused);
    expect(await frugal.post(`${url}:preview`, { predicate: regulars })).toMatchObject(refused);
    expect(await frugal.post(url, dynamic('cheap', newcomers))).toMatchObject({ status: 201 });
  });

  it('is previewed: how many match, who, and at what cost', async () => {
    await sql`insert into users (tenant_id, user_id, created_at) select 'acme', 'p-' || n, now() - n * interval '1 day' from generate_series(1, 30) n`;
    const predicate = { of: 'days-known', atLeast: 5 };
    cms.world.now = new Date();
    expect(await post(`${url}:preview`, { predicate })).toMatchObject({
      status: 200,
      body: { considered: 30, matched: 26, isComplete: true, costMax: 2_000_000_000 },
    });
  });
});

const startUpload = async (mode = 'replace') => {
  const cohort = `u-${Math.random().toString(36).slice(2, 10)}`;
  const { location = '' } = await post(url, { cohort, name: cohort });
  const started = await post(`${location}/uploads`, { mode });
  return { location, upload: started.location ?? '', started };
};
/** Sends a body as a stream of a media type. */
const put = async (path: string, body: string, type = 'text/csv') =>
  readRows(served, path, { body, type });

describe('an upload', () => {
  it('accepts CSV and NDJSON in parts, names refused rows, and is applied in the background', async () => {
    const { upload, started } = await startUpload();
    expect(started).toMatchObject({ status: 201, body: { status: 'STAGING', rowsRead: 0 } });
    const first = await put(`${upload}/rows`, 'customerId,note\n"c-1",x\nc 2\nc-3\n');
    expect(first).toMatchObject({ status: 200, body: { rowsRead: 4, rowsRefused: 1 } });
    const lines = '"c-4"\n{"customerId":"c-5"}\n{"id":1}\nnot json\n';
    const second = await put(`${upload}/rows?from=4`, lines, 'application/x-ndjson');
    expect(second).toMatchObject({ status: 200, body: { rowsRead: 8, rowsRefused: 3 } });
    expect(await put(`${upload}/rows?from=4`, lines, 'application/x-ndjson')).toMatchObject(
      problem(409, 'upload-elsewhere', 'continue with from=8'),
    );
    const page = (await get(`${upload}/refused-rows?limit=2`)).body;
    expect(page['refusedRows']).toMatchObject([{ row: 3 }, { row: 7 }]);
    const next = await get(`${upload}/refused-rows?cursor=${String(page['nextCursor'])}`);
    expect(next.body['refusedRows']).toMatchObject([{ row: 8 }]);
    const before = requested().length;
    expect(await post(`${upload}:apply`)).toMatchObject({ status: 202, body: { status: 'READY' } });
    expect(requested()).toHaveLength(before + 1);
    expect(await put(`${upload}/rows?from=8`, 'c-9')).toMatchObject(problem(409, 'upload-closed'));
    const staged = await sql`
      select customer_id from cohort_staged_members
      where change_id = ${upload.slice(upload.lastIndexOf('/') + 1)} order by 1`;
    expect(staged.map(({ customerId }) => customerId as string)).toEqual([
      'c-1',
      'c-3',
      'c-4',
      'c-5',
    ]);
  });

  it('refuses a file without rows, names the problem, and can be continued', async () => {
    const { upload } = await startUpload();
    expect(await put(`${upload}/rows`, '[]', 'application/json')).toMatchObject(
      problem(415, 'unsupported-media-type', 'text/csv or application/x-ndjson'),
    );
    const gzip = { body: 'c-1\n', encoding: 'gzip' };
    expect(await readRows(served, `${upload}/rows`, gzip)).toMatchObject(
      problem(415, 'unsupported-media-type', 'Content-Encoding is gzip'),
    );
    expect(await put(`${upload}/rows`, `c-1\nc-2\n"c-3`)).toMatchObject(
      problem(400, 'malformed-csv'),
    );
    expect(await put(`${upload}/rows`, `${'x'.repeat(5_000)}\n`)).toMatchObject(
      problem(400, 'malformed-csv'),
    );
    const long = `"c-1"\n"${'x'.repeat(5_000)}"`;
    expect(await put(`${upload}/rows`, long, 'application/x-ndjson')).toMatchObject({
      status: 400,
    });
    const large = 'c\n'.repeat(5 * 1_048_576);
    expect(await put(`${upload}/rows`, large)).toMatchObject(problem(413, 'body-too-large'));
    expect((await get(upload)).body).toMatchObject({ rowsRead: 0, status: 'STAGING' });
  });

  it('continues where the connection broke, and stores each row once', async () => {
    const { upload } = await startUpload();
    const rows = Array.from({ length: 60_000 }, (_, index) => `c-${index}`);
    const text = `${rows.join('\n')}\n`;
    const broken = await readRows(served, `${upload}/rows`, {
      body: text,
      breakAt: text.length / 2,
    });
    expect(broken.status).toBe(0);
    const { rowsRead } = (await get(upload)).body as { rowsRead: number };
    expect(rowsRead).toBeGreaterThan(0);
    expect(rowsRead).toBeLessThan(rows.length);
    const rest = `${rows.slice(rowsRead).join('\n')}\n`;
    expect(await put(`${upload}/rows?from=${rowsRead}`, rest)).toMatchObject({
      status: 200,
      body: { rowsRead: rows.length, rowsRefused: 0 },
    });
    const [staged] = await sql`
      select count(*) as staged from cohort_staged_members
      where change_id = ${upload.slice(upload.lastIndexOf('/') + 1)}`;
    expect(staged).toEqual({ staged: rows.length });
  });

  it('is not found by another tenant, and can be discarded', async () => {
    const { location, upload } = await startUpload('add');
    expect(await get(upload, { bearer: stranger })).toMatchObject(problem(404, 'upload-not-found'));
    expect(await ask('DELETE', upload)).toMatchObject({ status: 204 });
    expect(await post(`${upload}:apply`)).toMatchObject(problem(409, 'upload-discarded'));
    for (const key of ['1', '2', '3', '4', '5'])
      expect(await post(`${location}/uploads`, { mode: 'add' }, { key })).toMatchObject({
        status: 201,
      });
    expect(await post(`${location}/uploads`, { mode: 'add' })).toMatchObject(
      problem(409, 'too-many-uploads'),
    );
  });

  it('holds one batch of rows in memory, however long the part', async () => {
    const batches: number[] = [];
    const rows = 35_000;
    const uploads = {
      stage: (_key: unknown, staged: Readonly<{ from: number; rows: number }>) => {
        batches.push(staged.rows);
        return Promise.resolve({
          kind: 'staged',
          upload: { rowsRead: staged.from + staged.rows },
        } as never);
      },
    };
    const lines = Array.from({ length: rows }, (_, row) => Buffer.from(`c-${row}\n`));
    const stream = { mediaType: 'text/csv', chunks: Readable.from(lines) };
    await stageRows(uploads, {} as never, { stream, from: 0 });
    expect(batches).toEqual([10_000, 10_000, 10_000, 5_000]);
  });
});
