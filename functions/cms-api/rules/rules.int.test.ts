import { describe, expect, it } from 'vitest';
import { plainTerms } from '#shared/domain/earning/rating/earning-rule.ts';
import { tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import { problem } from '#shared/testing/api-client.ts';
import { cmsWorld } from '#shared/testing/worlds/cms-world.ts';
import { newRule } from '#shared/testing/worlds/earning.ts';
import { routes } from '../routes.ts';
import { stores } from '../stores.ts';

const {
  get,
  post,
  sql,
  base,
  freshProgram,
  world: clock,
} = await cmsWorld((clients) => routes({ ...stores(clients), clock: clients.clock }));
const at = (minutes: number) => new Date(Date.UTC(2026, 10, 21, 10, minutes)).toISOString();

const rate = { points: 1, perMinor: 10_000 };

describe('rules', () => {
  it('begin as drafts, once per request, with defaults filled in', async () => {
    const program = await freshProgram();
    const made = await post(`${program}/rules`, newRule, { key: 'k-2' });
    const shown = {
      version: 1,
      status: 'draft',
      currency: 'INR',
      terms: { ...plainTerms, rate },
      validFrom: null,
      validUntil: null,
      replacedAt: null,
      createdAt: expect.any(String) as string,
      createdBy: 'ann',
    };
    expect(made).toEqual({ status: 201, location: `${program}/rules/1`, body: shown });
    expect(await post(`${program}/rules`, newRule, { key: 'k-2' })).toEqual(made);
    expect(await get(`${program}/rules/1`)).toMatchObject({ status: 200, body: shown });
    expect(await get(`${program}/rules/2`)).toMatchObject(problem(404, 'version-not-found'));
  });

  it('are what tenantStore finds once they are activated, with their promotions', async () => {
    const program = await freshProgram();
    const promotion = { id: 'sale', from: at(0), until: at(60), multiplierBp: 20_000 };
    const bands = { mode: 'whole', bands: [{ fromMinor: 500_000, multiplierBp: 15_000 }] };
    await post(`${program}/rules`, {
      currency: 'INR',
      terms: { rate, bands, promotions: [promotion], caps: { day: 500 } },
    });
    const activated = await post(`${program}/rules/1:activate`, { validUntil: at(90) });
    expect(activated).toMatchObject({
      status: 200,
      body: { status: 'scheduled', validFrom: at(5), validUntil: at(90) },
    });
    const tenant = await tenantStore(sql).find('acme');
    const found = tenant?.programs.find((one) => program.endsWith(`/${one.program}`));
    expect(found?.rules).toEqual([
      {
        ...plainTerms,
        rate,
        bands,
        caps: { day: 500 },
        promotions: [{ ...promotion, from: new Date(at(0)), until: new Date(at(60)) }],
        version: 1,
        currency: 'INR',
        validFrom: new Date(at(5)),
        validUntil: new Date(at(90)),
      },
    ]);
  });

  it('pass from draft through scheduled and in force to superseded or ended', async () => {
    const program = await freshProgram();
    for (let drafts = 0; drafts < 4; drafts += 1) await post(`${program}/rules`, newRule);
    await post(`${program}/rules/1:activate`);
    await post(`${program}/rules/2:activate`, { validFrom: at(10), validUntil: at(20) });
    await post(`${program}/rules/3:activate`, { validFrom: at(30) });
    const statuses = async () =>
      ((await get(`${program}/rules`)).body['rules'] as { status: string }[]).map(
        ({ status }) => status,
      );
    expect(await statuses()).toEqual(['draft', 'scheduled', 'scheduled', 'scheduled']);
    clock.now = new Date(at(5));
    expect(await statuses()).toEqual(['draft', 'scheduled', 'scheduled', 'in-force']);
    clock.now = new Date(at(15));
    expect(await statuses()).toEqual(['draft', 'scheduled', 'in-force', 'superseded']);
    clock.now = new Date(at(25));
    expect(await statuses()).toEqual(['draft', 'scheduled', 'ended', 'superseded']);
    clock.now = new Date(at(30));
    expect(await statuses()).toEqual(['draft', 'in-force', 'ended', 'superseded']);
    clock.now = new Date(at(0));
  });

  it('are refused if a promotion names a real-time cohort', async () => {
    const program = await freshProgram();
    await sql`
      insert into cohorts (tenant_id, cohort, name, kind, rules, created_by)
      values ('acme', 'spenders', 'Spenders', 'REAL_TIME', '{}', 'ann')`;
    const sale = { id: 'sale', from: at(0), until: at(60), multiplierBp: 20_000 };
    const promotions = [sale, { ...sale, id: 'spree', cohort: 'spenders' }];
    await post(`${program}/rules`, { currency: 'INR', terms: { rate, promotions } });
    expect(await post(`${program}/rules/1:activate`)).toMatchObject(
      problem(409, 'real-time-cohort', 'Promotion spree is for cohort spenders'),
    );
  });

  it('take effect once: repeating an activation changes nothing, a different one is refused', async () => {
    const program = await freshProgram();
    for (const currency of ['INR', 'INR', 'USD']) {
      await post(`${program}/rules`, { ...newRule, currency });
    }
    const activate = (version: number, body: object) =>
      post(`${program}/rules/${version}:activate`, body);
    const many = await Promise.all(
      Array.from({ length: 6 }, () => activate(1, { validFrom: at(5) })),
    );
    expect(new Set(many.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await activate(1, { validFrom: at(6) })).toMatchObject(
      problem(409, 'begun-differently', at(5)),
    );
    expect(await activate(2, { validFrom: at(5) })).toMatchObject(
      problem(409, 'begins-beside-another', 'Version 1'),
    );
    expect(await activate(3, { validFrom: at(5) })).toMatchObject({ status: 200 });
    expect(await activate(2, { validFrom: at(0) })).toMatchObject(
      problem(400, 'begins-too-early', `validFrom: must be ${at(5)} or later, so that every`),
    );
    expect(await activate(2, { validFrom: at(7), validUntil: at(7) })).toMatchObject(
      problem(400, 'ends-too-early', 'validUntil: must be after'),
    );
    expect(await activate(2, { from: at(7) })).toMatchObject(
      problem(400, 'invalid-request', 'body: has no field from'),
    );
    expect(await activate(9, {})).toMatchObject(problem(404, 'version-not-found'));
    const audits = await sql`
      select resource from audit_log where tenant_id = 'acme' and action = 'rules.activated'
        and starts_with(resource, ${program.slice(base.length + 1)})`;
    expect(audits).toHaveLength(2);
  });

  it('take effect five minutes after their activation, however often that is repeated', async () => {
    const program = await freshProgram();
    await post(`${program}/rules`, newRule);
    const begun = { status: 200, body: { validFrom: at(5) } };
    for (const minutes of [0, 5, 11]) {
      clock.now = new Date(at(minutes));
      expect(await post(`${program}/rules/1:activate`)).toMatchObject(begun);
      expect(await post(`${program}/rules/1:activate`, { validFrom: at(5) })).toMatchObject(begun);
    }
    clock.now = new Date(at(0));
  });

  it('are listed page by page, the newest first', async () => {
    const program = await freshProgram();
    for (let drafts = 0; drafts < 3; drafts += 1) await post(`${program}/rules`, newRule);
    const page = async (query: string) => {
      const { body } = await get(`${program}/rules?${query}`);
      const { rules, nextCursor } = body as { rules: { version: number }[]; nextCursor: string };
      return { versions: rules.map(({ version }) => version), nextCursor };
    };
    const first = await page('limit=2');
    expect(first.versions).toEqual([3, 2]);
    const second = await page(`limit=2&cursor=${first.nextCursor}`);
    expect(second).toEqual({ versions: [1], nextCursor: null });
    expect(await get(`${program}/rules?cursor=xyz`)).toMatchObject(
      problem(400, 'invalid-request', 'query parameter cursor: is not a valid cursor'),
    );
  });

  it('refuse terms that contradict each other, with their path in the body', async () => {
    const program = await freshProgram();
    const bands = {
      mode: 'whole',
      bands: [
        { fromMinor: 500_000, multiplierBp: 15_000 },
        { fromMinor: 400_000, multiplierBp: 20_000 },
      ],
    };
    expect(
      await post(`${program}/rules`, { currency: 'INR', terms: { rate, bands } }),
    ).toMatchObject(
      problem(400, 'invalid-request', 'body terms.bands.bands.1.fromMinor: must be above 500000'),
    );
    expect((await get(`${program}/rules`)).body['rules']).toEqual([]);
  });
});
