import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isChecked } from '#shared/domain/incentives/code-check.ts';
import { problem } from '#shared/testing/api-client.ts';
import { cmsWorld } from '#shared/testing/worlds/cms-world.ts';
import { routes } from '../routes.ts';
import { stores } from '../stores.ts';

const { get, post, sql, base, world } = await cmsWorld((clients) =>
  routes({ ...stores(clients), clock: clients.clock }),
);
const url = `${base}/coupon-pools`;

let pools = 0;
/** Each test has its own pool with its own pattern, because codes are unique per tenant. */
const freshPool = async (pattern?: string) => {
  const pool = `p-${(pools += 1)}`;
  await post(url, { pool, ...(pattern !== undefined && { pattern }) });
  return `${url}/${pool}`;
};
const codesOf = async (poolUrl: string) => {
  const pool = poolUrl.slice(url.length + 1);
  const rows = await sql<{ code: string }[]>`select code from coupon_codes where pool = ${pool}`;
  return rows.map(({ code }) => code);
};

describe('POST coupon-pools', () => {
  it('makes a pool once per request', async () => {
    const body = { pool: 'diwali', pattern: 'DIWALI-####-##' };
    const made = await post(url, body, { key: 'k-1' });
    const shown = { ...body, createdBy: 'ann', free: 0, claimed: 0, voided: 0 };
    expect(made).toMatchObject({ status: 201, location: `${url}/diwali`, body: shown });
    await sql`delete from idempotent_requests where key = 'k-1'`;
    expect(await post(url, body, { key: 'k-1' })).toEqual(made);
    expect(await post(url, body)).toMatchObject(problem(409, 'pool-exists'));
    expect(await get(`${url}/diwali`)).toMatchObject({ status: 200, body: shown });
    expect(await get(`${url}/none`)).toMatchObject(problem(404, 'pool-not-found'));
  });

  it.each([
    ['diwali-######', 'body pattern: must be capital letters'],
    ['######-X', 'ending with #'],
    ['A-#####', 'body pattern: must have 6 to 16 #'],
  ])('refuses the pattern %s', async (pattern, words) => {
    expect(await post(url, { pool: 'x', pattern })).toMatchObject(
      problem(400, 'invalid-request', words),
    );
  });
});

describe('POST codes:generate', () => {
  it('adds so many codes of the pattern with a right check character, once per request', async () => {
    const pool = await freshPool('GEN-####-####');
    const generate = () => post(`${pool}/codes:generate`, { count: 1_000 }, { key: 'k-gen' });
    expect(await generate()).toMatchObject({ status: 201, body: { generated: 1_000 } });
    await sql`delete from idempotent_requests where key = 'k-gen'`;
    expect(await generate()).toMatchObject({ status: 201, body: { generated: 1_000 } });
    const codes = await codesOf(pool);
    expect(codes).toHaveLength(1_000);
    expect(codes.filter((code) => !/^GEN-[2-9A-Z]{4}-[2-9A-Z]{4}$/.test(code))).toEqual([]);
    expect(codes.filter((code) => !isChecked(code))).toEqual([]);
    expect((await get(pool)).body).toMatchObject({ free: 1_000, claimed: 0, voided: 0 });
    const audit = await sql`
      select after from audit_log where action = 'coupon-codes.generated' and resource = ${`coupon-pools/${pool.slice(url.length + 1)}`}`;
    expect(audit).toEqual([{ after: { count: 1_000 } }]);
  });

  it('refuses a pool without a pattern, one whose pattern is nearly used up, and one that is not there', async () => {
    const imported = await freshPool();
    const count = { count: 10 };
    expect(await post(`${imported}/codes:generate`, count)).toMatchObject(
      problem(409, 'pool-without-pattern'),
    );
    const small = await freshPool('SMALL-######');
    expect(await post(`${small}/codes:generate`, { count: 24 })).toMatchObject({ status: 201 });
    expect(await post(`${small}/codes:generate`, { count: 1 })).toMatchObject(
      problem(409, 'pattern-exhausted'),
    );
    expect(await post(`${url}/none/codes:generate`, count)).toMatchObject(
      problem(404, 'pool-not-found'),
    );
    expect(await post(`${small}/codes:generate`, { count: 10_001 })).toMatchObject(
      problem(400, 'invalid-request', 'body count: must be a whole number from 1 to 10000'),
    );
  });
});

describe('POST codes:import', () => {
  it('adds new valid codes, and names duplicates and refused ones', async () => {
    const elsewhere = await freshPool();
    await post(`${elsewhere}/codes:import`, { codes: ['TAKEN'] });
    const pool = await freshPool();
    const codes = ['One', 'two', 'One', 'TAKEN', 'with blank', '', 'é'];
    expect(await post(`${pool}/codes:import`, { codes })).toMatchObject({
      status: 200,
      body: { imported: 2, duplicates: ['TAKEN', 'One'], refused: ['with blank', '', 'é'] },
    });
    expect((await post(`${pool}/codes:import`, { codes: ['two'] })).body).toEqual({
      imported: 0,
      duplicates: ['two'],
      refused: [],
    });
    expect(await codesOf(pool)).toEqual(['One', 'two']);
    expect(await post(`${url}/none/codes:import`, { codes })).toMatchObject(
      problem(404, 'pool-not-found'),
    );
  });

  it('adds each code once from two concurrent lists', async () => {
    const pool = await freshPool();
    const codes = Array.from({ length: 2_000 }, (_, index) => `I-${index}`);
    const lists = [codes, codes.toReversed(), codes, codes.toReversed()];
    const answers = await Promise.all(
      lists.map((list) => post(`${pool}/codes:import`, { codes: list })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const imported = answers.map(({ body }) => body['imported'] as number);
    expect(imported.reduce((sum, count) => sum + count, 0)).toBe(2_000);
  });
});

describe('GET code', () => {
  it('shows who has it, in any case if it was generated', async () => {
    const pool = await freshPool('GET-####-##');
    await post(`${pool}/codes:generate`, { count: 3 });
    const [free = '', claimed = '', voided = ''] = await codesOf(pool);
    const incentiveId = randomUUID();
    const then = world.now;
    await sql`update coupon_codes set incentive_id = ${incentiveId}, claimed_at = ${then} where code = ${claimed}`;
    await sql`
      update coupon_codes set incentive_id = ${randomUUID()}, claimed_at = ${then}, voided_at = ${then}
      where code = ${voided}`;
    const nobodys = { incentiveId: null, claimedAt: null, voidedAt: null };
    expect((await get(`${pool}/codes/${free.toLowerCase()}`)).body).toEqual({
      code: free,
      state: 'free',
      ...nobodys,
    });
    expect((await get(`${pool}/codes/${claimed}`)).body).toMatchObject({
      state: 'claimed',
      incentiveId,
      claimedAt: then.toISOString(),
    });
    expect((await get(`${pool}/codes/${voided}`)).body).toMatchObject({ state: 'voided' });
    expect((await get(pool)).body).toMatchObject({ free: 1, claimed: 1, voided: 1 });
  });

  it('distinguishes a mistyped code from one that does not exist', async () => {
    const pool = await freshPool('TYP-####-##');
    await post(`${pool}/codes:generate`, { count: 1 });
    const [code = ''] = await codesOf(pool);
    const mistyped = code.slice(0, -1) + (code.endsWith('A') ? 'B' : 'A');
    expect(await get(`${pool}/codes/${mistyped}`)).toMatchObject(
      problem(404, 'code-mistyped', 'check character is wrong'),
    );
    await sql`delete from coupon_codes where code = ${code}`;
    expect(await get(`${pool}/codes/${code}`)).toMatchObject(problem(404, 'code-not-found'));
    const imported = await freshPool();
    expect(await get(`${imported}/codes/${mistyped}`)).toMatchObject(
      problem(404, 'code-not-found'),
    );
    expect(await get(`${url}/none/codes/X`)).toMatchObject(problem(404, 'pool-not-found'));
  });
});
