import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Qualification } from '#shared/domain/campaigns/qualification.ts';
import type { ReversalRequest } from '#shared/domain/incentives/reverse-incentive.ts';
import { emptyEverlastingLot } from '#shared/domain/ledger/lots.ts';
import type { Caps } from '#shared/domain/limits/caps.ts';
import { lotIdOf } from '#shared/eventing/domain-event.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import {
  type Offer,
  qualificationOf,
  requestsNow,
  testRewards,
} from '#shared/testing/worlds/rewards.ts';
import { testWallets } from '#shared/testing/worlds/wallets.ts';
import { auditLedger, isSound } from '../audit/ledger-audit.ts';
import { walletStore } from '../wallets/wallet-store.ts';
import { couponPools } from './coupon-pools.ts';
import { incentiveStore } from './incentive-store.ts';
import type { IssueOutcome } from './issue-incentives.ts';
import type { QualifiedReward } from './reward-requests.ts';

const sql = await testSql({ max: 16 });
const store = incentiveStore(sql);
const rewards = testRewards(sql);
const wallets = testWallets(sql);

const now = new Date('2026-11-21T00:00:00Z');

const offer = async (caps: Readonly<{ global?: Caps; user?: Caps }> = {}, limits = {}) => {
  const tenantId = await rewards.createTenant(caps);
  return { tenantId, campaignId: await rewards.createCampaign(tenantId, limits) };
};

const qualifiedReward = (qualification: Qualification): QualifiedReward => {
  const { tenantId, userId: customerId, reward } = qualification;
  const { program, expiresAt } = reward;
  const lotId = program && lotIdOf({ tenantId, customerId, program }, expiresAt);
  return { qualification, cause: `/test ${qualification.eventId}`, lotId };
};

const issue = async (
  qualifications: readonly Qualification[],
  likelyFull: readonly Qualification[] = [],
) => {
  const ids = new Set(likelyFull.map(({ incentiveId }) => incentiveId));
  const { requests, terms } = await requestsNow(
    sql,
    qualifications.map((each) => [qualifiedReward(each)]),
  );
  const { outcomes } = await store.issue(requests, { now, likelyFull: ids, terms });
  return outcomes.flat().map(shown);
};
const shown = (outcome: IssueOutcome) =>
  'incentive' in outcome ? { kind: outcome.kind, ...outcome.incentive } : outcome;

const reversalOf = (qualification: Qualification, fields: Partial<ReversalRequest> = {}) => ({
  incentiveId: qualification.incentiveId,
  tenantId: qualification.tenantId,
  userId: qualification.userId,
  campaignId: qualification.campaignId,
  campaignVersion: 1,
  eventId: qualification.eventId,
  reason: 'cancelled',
  cause: '/test reversal',
  requestedAt: now,
  ...fields,
});
const reverse = (...qualifications: readonly Qualification[]) =>
  store.reverse(
    qualifications.map((qualification) => reversalOf(qualification)),
    now,
  );

const numbered = (of: Offer, count: number, fields: Partial<Qualification> = {}) =>
  Array.from({ length: count }, (_, number) => qualificationOf(of, number, fields));
const statuses = (outcomes: readonly object[]) =>
  outcomes.map((outcome) => ('status' in outcome ? outcome.status : 'conflict'));
const walletOf = ({ tenantId }: Offer) => ({ tenantId, customerId: 'u-1', program: 'points' });

const coupon = { type: 'COUPON', amount: 1, pool: 'summer' } as const;
const cashback = (amount: number) => ({ type: 'CASHBACK', amount, currency: 'INR' }) as const;

describe('incentiveStore.issue', () => {
  it('issues what every cap has room for, and refuses the rest with the cap that was reached', async () => {
    const of = await offer({ global: { maxPerDay: 3 } });
    const outcomes = await issue(numbered(of, 5));
    expect(statuses(outcomes)).toEqual(['ISSUED', 'ISSUED', 'ISSUED', 'REFUSED', 'REFUSED']);
    expect(outcomes[3]).toMatchObject({
      refusedBy: { kind: 'cap', scope: 'GLOBAL', period: 'day', max: 3, used: 3, asked: 1 },
    });
    expect(await rewards.givenIn(of.tenantId)).toEqual({ issued: 3, used: 3 });
    expect(await wallets.balanceOf(walletOf(of))).toMatchObject({ points: 30, lifetime: 0 });
  });

  it.each<[string, Caps | undefined, Caps | undefined, object, object]>([
    ['of a user', undefined, { maxTotal: 2 }, {}, { scope: 'USER', period: 'total' }],
    ['of a campaign', undefined, undefined, { overall: { maxPerDay: 2 } }, { scope: 'CAMPAIGN' }],
    [
      'of a user in a campaign',
      undefined,
      undefined,
      { perUser: { maxTotal: 2 } },
      { scope: 'CAMPAIGN_USER' },
    ],
    [
      'by amount',
      { amounts: { POINTS: { maxTotal: 25 } } },
      undefined,
      {},
      { measure: 'POINTS', used: 20, asked: 10 },
    ],
    [
      'by budget',
      undefined,
      undefined,
      { budget: 29 },
      { scope: 'CAMPAIGN', measure: 'POINTS', max: 29 },
    ],
    [
      'of some days',
      { maxTotal: 2, windowDays: 7 },
      undefined,
      {},
      { scope: 'GLOBAL', period: 'window' },
    ],
  ])('keeps caps %s', async (_of, global = {}, user = {}, limits, refusedBy) => {
    const of = await offer({ global, user }, limits);
    const outcomes = await issue(numbered(of, 3));
    expect(statuses(outcomes)).toEqual(['ISSUED', 'ISSUED', 'REFUSED']);
    expect(outcomes[2]).toMatchObject({ refusedBy });
  });

  it('lets what left a window make room', async () => {
    const of = await offer({ global: { maxTotal: 1, windowDays: 2 } });
    const on = (number: number, day: string) =>
      qualificationOf(of, number, { qualifiedAt: new Date(`${day}T12:00:00Z`) });
    const outcomes = await issue([on(1, '2026-11-01'), on(2, '2026-11-02'), on(3, '2026-11-03')]);
    expect(statuses(outcomes)).toEqual(['ISSUED', 'REFUSED', 'ISSUED']);
  });

  it.each([
    ['UTC', ['2026-11-20T23:59:59Z', '2026-11-21T00:00:00Z'], ['2026-11-20', '2026-11-21']],
    [
      'Asia/Kolkata',
      ['2026-11-20T18:29:59Z', '2026-11-20T18:30:00Z'],
      ['2026-11-20', '2026-11-21'],
    ],
    // 25 hours, of which one comes twice, and 23.
    [
      'America/New_York',
      ['2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z'],
      ['2026-11-01', '2026-11-02'],
    ],
    [
      'America/New_York',
      ['2026-03-08T05:00:00Z', '2026-03-09T04:00:00Z'],
      ['2026-03-08', '2026-03-09'],
    ],
  ])('goes by the days of %s', async (timeZone, [first, next], days) => {
    const tenantId = await rewards.createTenant({ timeZone, global: { maxPerDay: 1 } });
    const of = { tenantId, campaignId: await rewards.createCampaign(tenantId) };
    const at = (number: number, instant: number) =>
      qualificationOf(of, number, { qualifiedAt: new Date(instant) });
    const midnight = Date.parse(next!);
    const outcomes = await issue([
      at(1, Date.parse(first!)),
      at(2, midnight - 1),
      at(3, midnight),
      at(4, midnight + 1),
    ]);
    expect(statuses(outcomes)).toEqual(['ISSUED', 'REFUSED', 'ISSUED', 'REFUSED']);
    expect(outcomes.map((one) => 'day' in one && one.day)).toEqual([
      days[0],
      days[0],
      days[1],
      days[1],
    ]);
  });

  it('goes by caps as they are now', async () => {
    const of = await offer({ global: { maxTotal: 1 } });
    const [one, two, three] = numbered(of, 3);
    expect(statuses(await issue([one!, two!]))).toEqual(['ISSUED', 'REFUSED']);
    await rewards.setLimit(of.tenantId, 'GLOBAL', { maxTotal: 2 });
    expect(statuses(await issue([two!, three!]))).toEqual(['REFUSED', 'ISSUED']);
  });

  it('returns again what was decided, and changes nothing', async () => {
    const of = await offer({ global: { maxTotal: 2 } });
    const all = numbered(of, 3);
    const first = await issue(all);
    await rewards.setLimit(of.tenantId, 'GLOBAL', {});
    const again = await issue([...all, all[0]!]);
    const replayed = first.map((outcome) => ({ ...outcome, kind: 'replayed' }));
    expect(again).toEqual([...replayed, replayed[0]]);
    expect(await rewards.givenIn(of.tenantId)).toEqual({ issued: 2, used: 2 });
  });

  it('decides each once under concurrent redelivery, and agrees with itself about it', async () => {
    const of = await offer({ global: { maxTotal: 7 } });
    const all = numbered(of, 12);
    const batches = Array.from({ length: 12 }, (_, at) => [...all.slice(at), ...all.slice(0, at)]);
    const answers = await Promise.all(
      batches.map((batch, at) => issue(batch, at % 2 === 0 ? all : [])),
    );
    const outcomes = answers.flat();
    expect(outcomes.filter(({ kind }) => kind === 'decided')).toHaveLength(12);
    const byIncentive = Map.groupBy(outcomes, (one) => 'incentiveId' in one && one.incentiveId);
    expect([...byIncentive.values()].every((own) => new Set(statuses(own)).size === 1)).toBe(true);
    expect(await rewards.givenIn(of.tenantId)).toEqual({ issued: 7, used: 7 });
    expect(await wallets.balanceOf(walletOf(of))).toMatchObject({ points: 70 });
  });

  it('refuses what is thought to be full only where it is', async () => {
    const of = await offer({ global: { maxTotal: 3 } });
    const [one, two, three, four] = numbered(of, 4);
    expect(statuses(await issue([one!, two!], [one!]))).toEqual(['ISSUED', 'ISSUED']);
    expect(statuses(await issue([three!, four!], [four!]))).toEqual(['ISSUED', 'REFUSED']);
  });

  it('refuses an incentive that is recorded for another user', async () => {
    const of = await offer();
    const qualification = qualificationOf(of, 1);
    const outcomes = await issue([qualification, { ...qualification, userId: 'u-2' }]);
    expect(outcomes).toMatchObject([{ kind: 'decided' }, { kind: 'conflict', field: 'userId' }]);
  });

  it('refuses a program that is not there, or of another unit', async () => {
    const of = await offer();
    const into = (number: number, program: string) =>
      qualificationOf(of, number, { reward: { ...cashback(500), program } });
    const outcomes = await issue([into(1, 'none'), into(2, 'points'), into(3, 'money')]);
    expect(statuses(outcomes)).toEqual(['REFUSED', 'REFUSED', 'ISSUED']);
    expect(outcomes[1]).toMatchObject({ refusedBy: { kind: 'no-program', program: 'points' } });
  });

  it('credits nothing for cashback without a program', async () => {
    const of = await offer();
    await issue([qualificationOf(of, 1, { reward: cashback(500) })]);
    expect(await wallets.balanceOf(walletOf(of))).toBeUndefined();
    expect(await rewards.givenIn(of.tenantId)).toEqual({ issued: 1, used: 1 });
  });

  it('puts points that expire into a lot of their date', async () => {
    const of = await offer();
    const expiresAt = new Date('2026-12-20T12:00:00Z');
    const reward = { type: 'POINTS', amount: 10, currency: 'POINTS', program: 'points' } as const;
    await issue(numbered(of, 2, { reward: { ...reward, expiresAt } }));
    expect(await wallets.lotsOf(walletOf(of))).toEqual([[expiresAt, 20, 0]]);
    const [entry] = await wallets.entriesOf(walletOf(of));
    expect(entry).toMatchObject({
      kind: 'REWARD',
      counterAccount: 'rewarded',
      reason: 'campaign Monsoon',
    });
  });

  it('gives each coupon once, in the order of their turns, and refuses when none is left', async () => {
    const of = await offer();
    await rewards.fillPool(of.tenantId, 'summer', ['A', 'B', 'C', 'D', 'E']);
    const all = numbered(of, 8, { reward: coupon });
    expect(await issue(all.slice(0, 2))).toMatchObject([{ couponCode: 'A' }, { couponCode: 'B' }]);
    const answers = await Promise.all(all.slice(2).map((one) => issue([one])));
    const codes = answers.flat().map((one) => ('couponCode' in one ? one.couponCode : undefined));
    expect(codes.filter((code) => code !== undefined).toSorted()).toEqual(['C', 'D', 'E']);
    const refused = answers.flat().filter((one) => 'refusedBy' in one && one.refusedBy);
    expect(refused).toHaveLength(3);
    expect(refused[0]).toMatchObject({ refusedBy: { kind: 'no-coupon', pool: 'summer' } });
  });
});

describe('incentiveStore.reverse', () => {
  it('gives the cap back and takes the points back, once', async () => {
    const of = await offer({ global: { maxTotal: 1 } });
    const [one, two] = numbered(of, 2);
    await issue([one!]);
    const answers = await Promise.all(Array.from({ length: 4 }, () => reverse(one!, one!)));
    const kinds = answers.flatMap(({ outcomes }) => outcomes.map(({ kind }) => kind));
    expect(kinds.toSorted()).toEqual(['reversed', ...Array<string>(7).fill('unchanged')]);
    expect(await rewards.givenIn(of.tenantId)).toEqual({ issued: 0, used: 0 });
    expect(await wallets.balanceOf(walletOf(of))).toMatchObject({ points: 0 });
    expect(statuses(await issue([one!, two!]))).toEqual(['REVERSED', 'ISSUED']);
  });

  it('writes off what was spent', async () => {
    const of = await offer();
    const [one, two] = numbered(of, 2);
    await issue([one!, two!]);
    const wallet = walletOf(of);
    const spending = {
      adjustmentId: 'a-1',
      wallet,
      points: -15,
      reason: 'spent',
      by: 'test',
      lot: emptyEverlastingLot,
      allowNegative: false,
      cause: '/test 1',
      now,
    };
    await walletStore(sql).adjust(spending, () => ({ id: randomUUID(), time: now }));
    const { balances } = await reverse(one!, two!);
    expect(balances.at(-1)).toMatchObject({ points: 0 });
    const entries = await wallets.entriesOf(wallet);
    const revoked = entries.filter(({ kind }) => kind === 'REVOKE');
    expect(revoked.reduce((sum, { points }) => sum + points, 0)).toBe(-20);
    const lost = entries.filter(({ counterAccount }) => counterAccount === 'written-off');
    expect(lost.reduce((sum, { points }) => sum + points, 0)).toBe(15);
  });

  it('reverses from the lot of the reward before others, several of them one after the other', async () => {
    const of = await offer();
    const expiresAt = new Date('2026-12-20T12:00:00Z');
    const reward = { type: 'POINTS', amount: 10, currency: 'POINTS', program: 'points' } as const;
    const sooner = new Date('2026-12-01T00:00:00Z');
    const [kept, ...expiring] = numbered(of, 3).map((one, index) => ({
      ...one,
      reward: { ...reward, expiresAt: index === 0 ? sooner : expiresAt },
    }));
    await issue([kept!, ...expiring]);
    await reverse(...expiring);
    expect(await wallets.lotsOf(walletOf(of))).toEqual([[sooner, 10, 0]]);
  });

  it('gives coupons in no order of their codes or of their import', async () => {
    const of = await offer();
    await rewards.fillPool(of.tenantId, 'summer', []);
    const codes = Array.from({ length: 40 }, (_, index) => `C-${String(index).padStart(2, '0')}`);
    await couponPools(sql).add({ tenantId: of.tenantId, pool: 'summer' }, codes, 'ann');
    const given = (await issue(numbered(of, 40, { reward: coupon }))).map((each) =>
      'couponCode' in each ? each.couponCode : undefined,
    );
    expect(given.toSorted()).toEqual(codes);
    // One in 40! orders is that of the codes, and one that of their reverse.
    expect([codes, codes.toReversed()]).not.toContainEqual(given);
  });

  it('voids a coupon, which nobody gets again', async () => {
    const of = await offer();
    await rewards.fillPool(of.tenantId, 'summer', ['A', 'B']);
    const [one, two] = numbered(of, 2, { reward: coupon });
    await issue([one!]);
    await reverse(one!);
    expect(await issue([two!])).toMatchObject([{ couponCode: 'B' }]);
    const voided =
      await sql`select code from coupon_codes where tenant_id = ${of.tenantId} and voided_at is not null`;
    expect(voided.map(({ code }) => code as string)).toEqual(['A']);
  });

  it('lets an incentive that is not issued yet never be', async () => {
    const of = await offer({ global: { maxTotal: 1 } });
    const [one, two] = numbered(of, 2);
    expect((await reverse(one!)).outcomes).toMatchObject([{ kind: 'unchanged' }]);
    expect(await issue([one!, two!])).toMatchObject([
      { kind: 'replayed', status: 'REVERSED', refusedBy: { kind: 'reversed' }, amount: 10 },
      { kind: 'decided', status: 'ISSUED' },
    ]);
    expect(await store.find(one!)).toMatchObject({ amount: 10, day: '2026-11-20', endedAt: now });
    const logged =
      await sql`select event from incentive_event_log where incentive_id = ${one!.incentiveId}`;
    expect(logged.map(({ event }) => event as string)).toEqual(['refused']);
  });

  it('leaves refused ones and those of somebody else as they are', async () => {
    const of = await offer({ global: { maxTotal: 1 } });
    const [one, two] = numbered(of, 2);
    await issue([one!, two!]);
    const { outcomes } = await store.reverse(
      [reversalOf(two!), reversalOf(one!, { userId: 'u-2' })],
      now,
    );
    expect(outcomes).toMatchObject([
      { kind: 'unchanged', incentive: { status: 'REFUSED' } },
      { kind: 'conflict', field: 'userId' },
    ]);
    expect(await rewards.givenIn(of.tenantId)).toEqual({ issued: 1, used: 1 });
  });

  it('comes before or after the issue, and nothing is left in either case', async () => {
    const of = await offer();
    const all = numbered(of, 20);
    await Promise.all(
      all.flatMap((one) => [issue([one]), reverse(one), issue(all), reverse(...all)]),
    );
    expect(await rewards.givenIn(of.tenantId)).toEqual({ issued: 0, used: 0 });
    const balance = await wallets.balanceOf(walletOf(of));
    expect(balance?.points ?? 0).toBe(0);
  });
});

describe('incentiveStore', () => {
  it('pages through the incentives of a tenant, newest first', async () => {
    const of = await offer();
    await issue(numbered(of, 5));
    const first = await store.page({ tenantId: of.tenantId, limit: 3 });
    const rest = await store.page({ tenantId: of.tenantId, after: first.at(-1), limit: 3 });
    const ids = [...first, ...rest].map(({ incentiveId }) => incentiveId);
    expect(ids).toEqual(
      numbered(of, 5)
        .map(({ incentiveId }) => incentiveId)
        .toSorted()
        .toReversed(),
    );
    const none = {
      tenantId: of.tenantId,
      userId: 'u-2',
      campaignId: of.campaignId,
      status: 'REFUSED' as const,
    };
    expect(await store.page({ ...none, limit: 3 })).toEqual([]);
    expect(await store.ofEvent({ ...of, eventId: 'e-1' })).toHaveLength(1);
    expect(await store.find({ tenantId: 'default', incentiveId: ids[0]! })).toBeUndefined();
  });

  it('leaves a sound ledger', async () => {
    const audit = await auditLedger(sql);
    expect(Object.values(audit).flatMap(({ examples }) => examples)).toEqual([]);
    expect(isSound(audit)).toBe(true);
  });
});
