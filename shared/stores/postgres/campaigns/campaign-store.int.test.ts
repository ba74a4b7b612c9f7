import { describe, expect, it } from 'vitest';
import type { ChangeRequest } from '#shared/domain/campaigns/decide-change.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { questTerms, simpleTerms } from '#shared/testing/worlds/campaigns.ts';
import { changesOf, newTenant } from '#shared/testing/worlds/tenants.ts';
import { outbox } from '../journal/outbox.ts';
import type { StoredCampaign } from './campaign-rows.ts';
import { campaignStore } from './campaign-store.ts';

const sql = await testSql({ max: 8 });
const campaigns = campaignStore(sql);

const terms = simpleTerms({
  rule: { action: 'PURCHASE', when: { name: 'large', when: 'event.amountMinor >= 50000' } },
  cohort: 'vip',
});
const quest = questTerms({
  order: 'any',
  steps: ['CHECK_IN', 'PURCHASE', 'CHECK_IN'].map((action, index) => ({
    name: `step ${index}`,
    action,
    count: 1,
  })),
});
let domainEvents = 0;
/** An event of its own for each change, under a number. */
const changeEvent = (campaign: StoredCampaign, change: string) => ({
  id: `00000000-0000-4000-8000-${String((domainEvents += 1)).padStart(12, '0')}`,
  time: campaign.updatedAt,
  summary: `${change} ${campaign.version}.${campaign.revision} ${campaign.status}`,
});
let requests = 0;
const draft = async (tenantId: string, of = terms) => {
  const requestKey = `r-${(requests += 1)}`;
  const made = await campaigns.create(
    { tenantId, terms: of, createdBy: 'ann', requestKey },
    changeEvent,
  );
  return made!.campaign;
};
const now = new Date('2026-11-21T10:00:00Z');
const change = (campaign: StoredCampaign, request: ChangeRequest) =>
  campaigns.change(campaign, { subject: 'bob', now, request }, changeEvent);
const json = (value: object) => JSON.parse(JSON.stringify(value)) as object;

describe('create', () => {
  it('saves a draft with its first version, its change-log entry and its event', async () => {
    const tenantId = await newTenant(sql);
    const requestKey = 'r';
    const made = await campaigns.create(
      { tenantId, terms, createdBy: 'ann', requestKey },
      changeEvent,
    );
    const { campaignId } = made!.campaign;
    const stored = {
      tenantId,
      campaignId,
      version: 1,
      revision: 1,
      status: 'DRAFT',
      terms,
      archivedAt: undefined,
      createdAt: expect.any(Date) as Date,
      createdBy: 'ann',
      updatedAt: expect.any(Date) as Date,
    };
    expect(made).toMatchObject({
      campaign: stored,
      domainEvents: [{ summary: 'created 1.1 DRAFT' }],
    });
    expect(await campaigns.find({ tenantId, campaignId })).toEqual(stored);
    expect(await campaigns.find({ tenantId: 'other', campaignId })).toBeUndefined();
    expect(await campaigns.version({ tenantId, campaignId, version: 1 })).toMatchObject({ terms });
    expect(await changesOf(sql, tenantId)).toEqual([
      {
        subject: 'ann',
        action: 'campaign.created',
        resource: `campaigns/${campaignId}`,
        before: null,
        after: json({ terms }),
      },
    ]);
    const waiting = await outbox(sql).overdue(0, 1_000);
    expect(waiting.map(({ id }) => id)).toContain(made!.domainEvents[0]!.id);
  });

  it('saves one draft for one request, also when it comes many times at once', async () => {
    const tenantId = await newTenant(sql);
    const asked = { tenantId, terms, createdBy: 'ann', requestKey: 'once' };
    const all = await Promise.all(
      Array.from({ length: 8 }, () => campaigns.create(asked, changeEvent)),
    );
    expect(new Set(all.map((made) => made?.campaign.campaignId)).size).toBe(1);
    expect(all.flatMap((made) => made?.domainEvents)).toHaveLength(1);
    const otherwise = await campaigns.create({ ...asked, terms: quest }, changeEvent);
    const copied = await campaigns.create({ ...asked, copyOf: 'it' }, changeEvent);
    const ids = [all[0], otherwise, copied].map((made) => made?.campaign.campaignId);
    expect(new Set(ids).size).toBe(3);
  });

  it('saves nothing for a tenant that does not exist', async () => {
    const asked = { tenantId: 'nobody', terms, createdBy: 'ann', requestKey: 'r' };
    expect(await campaigns.create(asked, changeEvent)).toBeUndefined();
  });
});

describe('change', () => {
  it('saves other terms as the next version and leaves the one before', async () => {
    const campaign = await draft(await newTenant(sql));
    const { tenantId, campaignId } = campaign;
    const outcome = await change(campaign, { kind: 'update', terms: quest });
    expect(outcome).toMatchObject({
      kind: 'done',
      campaign: { version: 2, revision: 2, terms: quest },
      domainEvents: [{ summary: 'updated 2.2 DRAFT' }],
    });
    const versions = await campaigns.versions({ tenantId, campaignId }, { limit: 9 });
    expect(versions).toMatchObject([
      { version: 2, terms: quest, createdBy: 'bob' },
      { version: 1, terms, createdBy: 'ann' },
    ]);
    const [row] =
      await sql`select type, actions, cohort from campaigns where campaign_id = ${campaignId}`;
    expect(row).toEqual({ type: 'QUEST', actions: ['CHECK_IN', 'PURCHASE'], cohort: null });
    const [, audit] = await changesOf(sql, tenantId);
    expect(audit).toMatchObject({
      subject: 'bob',
      action: 'campaign.updated',
      before: { version: 1, terms: json(terms) },
      after: { version: 2, terms: json(quest) },
    });
    await expect(sql`update campaign_versions set version = 9`).rejects.toThrow('append-only');
  });

  it('makes no version of the terms that a campaign has', async () => {
    const campaign = await draft(await newTenant(sql));
    const again = await change(campaign, { kind: 'update', terms });
    expect(again).toEqual({ kind: 'done', campaign, domainEvents: [] });
    expect(await changesOf(sql, campaign.tenantId)).toHaveLength(1);
  });

  it('changes a status and what is archived, and keeps the version', async () => {
    const campaign = await draft(await newTenant(sql));
    await change(campaign, { kind: 'activate', version: 1 });
    await change(campaign, { kind: 'end' });
    expect(await change(campaign, { kind: 'archive' })).toMatchObject({
      campaign: { version: 1, revision: 4, status: 'ENDED', archivedAt: now },
    });
  });

  it('lets one after the other decide from what the one before left', async () => {
    const campaign = await draft(await newTenant(sql));
    const all = await Promise.all(
      Array.from({ length: 8 }, () => change(campaign, { kind: 'activate', version: 1 })),
    );
    const domainEvents = all.flatMap((outcome) =>
      outcome?.kind === 'done' ? outcome.domainEvents : [],
    );
    expect(domainEvents).toHaveLength(1);
    expect(await campaigns.find(campaign)).toMatchObject({ status: 'ACTIVE', revision: 2 });
  });

  it('changes nothing that is refused, and nothing of another tenant', async () => {
    const campaign = await draft(await newTenant(sql));
    expect(await change(campaign, { kind: 'pause' })).toMatchObject({
      kind: 'refused',
      refusal: { reason: 'illegal-transition' },
    });
    const stranger = { ...campaign, tenantId: 'other' };
    expect(await change(stranger, { kind: 'activate', version: 1 })).toBeUndefined();
    expect(await campaigns.find(campaign)).toEqual(campaign);
  });
});

describe('page', () => {
  it('lists the newest first, each once, whatever is changed between the pages', async () => {
    const tenantId = await newTenant(sql);
    const made: string[] = [];
    for (let drafts = 0; drafts < 5; drafts += 1) made.unshift((await draft(tenantId)).campaignId);
    const filter = { archived: false, now: new Date() };
    const first = await campaigns.page(tenantId, { filter, page: { limit: 2 } });
    await change(first[1]!, { kind: 'update', terms: quest });
    const after = first[1]!.campaignId;
    const rest = await campaigns.page(tenantId, { filter, page: { limit: 9, after } });
    expect([...first, ...rest].map(({ campaignId }) => campaignId)).toEqual(made);
    const foreign = await campaigns.page(await newTenant(sql), {
      filter,
      page: { limit: 9, after },
    });
    expect(foreign).toEqual([]);
  });
});
