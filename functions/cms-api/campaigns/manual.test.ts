import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import { evaluateEvent } from '#shared/domain/campaigns/evaluate-event.ts';
import { ActionPerformed, ActionReversed } from '#shared/eventing/contracts/tenant-events.ts';
import { checkClauses } from '#shared/rules/check-campaign.ts';
import { compileCampaign } from '#shared/rules/compile-campaigns.ts';
import { newAction } from '../actions/document.ts';
import { newCohort } from '../cohorts/document.ts';
import { campaignTerms } from './document.ts';

const text = readFileSync(join(import.meta.dirname, '../../../docs/campaigns.md'), 'utf8');

/** The blocks of a kind in the manual. */
const blocksOf = (kind: string): readonly string[] =>
  Array.from(
    text.matchAll(new RegExp(`^\`\`\`json${kind}\n(.*?)^\`\`\`$`, 'gms')),
    ([, json = '']) => json,
  );

const seconds = { type: 'int', required: true } as const;
const schemas = new Map<string, ActionSchema>([
  [
    'PURCHASE',
    {
      ...newAction.parse(JSON.parse(blocksOf(' action')[0] ?? '')),
      action: 'PURCHASE',
      version: 1,
    },
  ],
  [
    'WATCH_VIDEO',
    { action: 'WATCH_VIDEO', version: 1, description: 'Watched', fields: { seconds } },
  ],
  ['CHECK_IN', { action: 'CHECK_IN', version: 1, description: 'Came', fields: {} }],
]);
const campaigns = blocksOf(' campaign').map((json) => campaignTerms.parse(JSON.parse(json)));

describe('docs/campaigns.md', () => {
  it('shows cohorts as they can be created', () => {
    const cohorts = blocksOf(' cohort').map((json) => newCohort.safeParse(JSON.parse(json)));
    expect(cohorts).toMatchObject([{ success: true }, { success: true }]);
  });

  it('shows actions as apps may write them', () => {
    const [action = '', reversal = ''] = (blocksOf('')[0] ?? '').trim().split(/\n(?=\{)/);
    expect(ActionPerformed.schema.safeParse(JSON.parse(action)).error).toBeUndefined();
    expect(ActionReversed.schema.safeParse(JSON.parse(reversal)).error).toBeUndefined();
  });

  it('shows campaigns that are accepted', () => {
    expect(campaigns.map(({ type }) => type)).toEqual(['SIMPLE', 'QUEST']);
    for (const terms of campaigns) expect(checkClauses(terms, schemas)).toEqual([]);
  });

  it.each([
    ['a book', { amountMinor: 125_050, category: 'books' }, '12:00', 6_252],
    ['anything in the happy hour', { amountMinor: 300_000, category: 'food' }, '17:30', 10_000],
    ['a small book', { amountMinor: 49_999, category: 'books' }, '12:00', undefined],
    ['anything else', { amountMinor: 60_000, category: 'food' }, '19:00', undefined],
  ])('shows a campaign that gives for %s what it states', (_what, payload, time, amount) => {
    const [terms] = campaigns;
    const campaign = {
      tenantId: 't',
      campaignId: 'c',
      version: 1,
      status: 'ACTIVE',
      terms: terms!,
    } as const;
    const occurredAt = new Date(`2026-12-02T${time}:00+05:30`);
    const event = {
      tenantId: 't',
      eventId: 'e',
      userId: 'u',
      action: 'PURCHASE',
      occurredAt,
      payload,
      cause: 'a b',
    };
    const compiled = compileCampaign(campaign, schemas, 'Asia/Kolkata');
    const { entitlements } = evaluateEvent([compiled], event, {
      now: occurredAt,
      cohorts: new Set(),
      incentiveIdOf: () => 'i',
    });
    expect(entitlements[0]?.choices[0]?.reward.amount).toBe(amount);
  });
});
