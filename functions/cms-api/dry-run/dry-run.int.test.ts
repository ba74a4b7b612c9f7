import { describe, expect, it } from 'vitest';
import { ledgerStore } from '#shared/stores/postgres/ledger/ledger-store.ts';
import { problem } from '#shared/testing/api-client.ts';
import { cmsWorld } from '#shared/testing/worlds/cms-world.ts';
import { goldTerms, newRule } from '#shared/testing/worlds/earning.ts';
import { earnEntry } from '#shared/testing/worlds/ledger-entries.ts';
import { routes } from '../routes.ts';
import { stores } from '../stores.ts';

const { ask, post, sql, base, freshProgram } = await cmsWorld((clients) =>
  routes({ ...stores(clients), clock: clients.clock }),
);
const at = (minutes: number) => new Date(Date.UTC(2026, 10, 21, 10, minutes)).toISOString();

const rate = { points: 1, perMinor: 10_000 };
/** Placed as soon as a rule that is activated now can be in effect. */
const order = { amount: '5000.50', currency: 'INR', placedAt: at(5) };

describe('a dry run', () => {
  const run = (program: string, body: object) => post(`${program}:dry-run`, body);

  it('previews what an order would earn, by the rule in effect or by a draft, and writes nothing', async () => {
    const program = await freshProgram();
    await post(`${program}/rules`, newRule);
    expect(await run(program, { order })).toMatchObject({
      status: 200,
      body: { outcome: 'refused', reason: 'no-rule' },
    });
    await post(`${program}/rules/1:activate`);
    const terms = { rate: { points: 3, perMinor: 10_000 }, expiry: { kind: 'rolling', days: 1 } };
    await post(`${program}/rules`, { currency: 'INR', terms });
    const plain = await run(program, { order });
    expect(plain.body).toEqual({
      outcome: 'rated',
      points: 50,
      ruleVersion: 1,
      tier: null,
      trace: [
        { step: 'rate', says: '1 point per 10000 minor units', exact: '10001/200' },
        { step: 'rounding', says: 'rounded down', exact: '50/1' },
      ],
      lot: { pending: false, availableAt: null, awaits: null, expiresAt: null },
      capsLeft: { day: null, month: null },
    });
    expect((await run(program, { order, ruleVersion: 2 })).body).toMatchObject({
      points: 150,
      ruleVersion: 2,
      lot: { expiresAt: '2026-11-22T18:30:00.000Z' },
    });
    const [written] = await sql`
      select (select count(*)::int from points_ledger) as ledger, (select count(*)::int from earning_accounts) as states`;
    expect(written).toEqual({ ledger: 0, states: 0 });
  });

  it('rates a customer by the existing state, cohorts and orders', async () => {
    const program = await freshProgram();
    const name = program.slice(program.lastIndexOf('/') + 1);
    const promotion = {
      id: 'vips',
      from: at(-60),
      until: at(60),
      multiplierBp: 30_000,
      cohort: 'vips',
    };
    await post(`${program}/rules`, {
      currency: 'INR',
      terms: { rate, rounding: 'carry', promotions: [promotion], caps: { day: 400 } },
    });
    await post(`${program}/rules/1:activate`);
    await ask('PUT', `${base}/cohorts/vips/members/cid`, { body: {} });
    const state = {
      lifetime: { earned: 30, spend: {} },
      days: { '2026-11-21': { earned: 30, spend: {} } },
      last: { placedAt: at(-1), orderId: 'o-1' },
      carry: ['1', '2'],
      tier: {},
    };
    await sql`
      insert into earning_accounts (tenant_id, customer_id, program, state)
      values ('acme', 'cid', ${name}, ${sql.json(state)})`;
    const rated = async (change: object) =>
      (await run(program, { order: { ...order, ...change } })).body;
    expect(await rated({ customerId: 'cid' })).toMatchObject({
      points: 150,
      capsLeft: { day: 220, month: null },
    });
    expect(await rated({ customerId: 'cid', cohorts: [] })).toMatchObject({ points: 50 });
    expect(await rated({ cohorts: ['vips'] })).toMatchObject({
      points: 150,
      capsLeft: { day: 250 },
    });
    expect(await rated({ customerId: 'cid', amount: '20000' })).toMatchObject({ points: 370 });
  });

  it('rates by earlier orders where no state is stored, and by none where they do not matter', async () => {
    const program = await freshProgram();
    const name = program.slice(program.lastIndexOf('/') + 1);
    for (const terms of [{ rate }, { rate, caps: { day: 100 } }]) {
      await post(`${program}/rules`, { currency: 'INR', terms });
    }
    await post(`${program}/rules/1:activate`);
    const paid = earnEntry({
      tenantId: 'acme',
      program: name,
      customerId: 'dan',
      orderId: 'o-1',
      amountMinor: 800_000,
      points: 80,
    });
    await ledgerStore(sql).commit([{ ...paid, occurredAt: new Date(at(5)) }]);
    const dans = { ...order, customerId: 'dan', placedAt: at(6) };
    expect((await run(program, { order: dans })).body).toMatchObject({ points: 50 });
    expect((await run(program, { order: dans, ruleVersion: 2 })).body).toMatchObject({
      points: 20,
      capsLeft: { day: 0 },
    });
    const before = { ...dans, placedAt: at(4) };
    expect((await run(program, { order: before, ruleVersion: 2 })).body).toMatchObject({
      points: 50,
      capsLeft: { day: 50 },
    });
  });

  it('rates by a given tier, if it exists', async () => {
    const program = await freshProgram();
    await post(`${program}/rules`, newRule);
    await post(`${program}/rules/1:activate`);
    await post(`${program}/tiers`, { terms: goldTerms });
    await post(`${program}/tiers/1:activate`);
    expect((await run(program, { order, tier: 'Gold' })).body).toMatchObject({
      points: 75,
      tier: 'Gold',
    });
    expect(await run(program, { order, tier: 'Lead' })).toMatchObject(problem(400, 'unknown-tier'));
    expect(await run(program, { order, ruleVersion: 7 })).toMatchObject(
      problem(404, 'version-not-found'),
    );
  });

  it.each([
    [{ amount: undefined }, 'body order.amount: is missing'],
    [{ amount: '1.005' }, 'body order.amount: must have at most 2 decimal places'],
    [{ amount: '0' }, 'body order.amount: must be positive, got 0 minor units'],
    [{ amountMinor: 1 }, 'body order.amount: and amountMinor disagree'],
    [{ placedAt: 'now' }, 'body order.placedAt: must be an ISO 8601 instant'],
    [{ currency: '₹' }, 'body order.currency: must be an ISO 4217 code'],
    [{ cohorts: ['VIP'] }, 'body order.cohorts.0: must be lower-case letters'],
    [{ orderId: 'o-1' }, 'body order: has no field orderId'],
  ])('refuses an order with %j by the name of the field', async (change, words) => {
    const body = { order: { ...order, ...change } };
    expect(await run(`${base}/programs/points`, body)).toMatchObject(
      problem(400, 'invalid-request', words),
    );
  });
});
