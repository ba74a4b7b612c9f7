import type { ActionEvent } from '#shared/domain/campaigns/action-event.ts';
import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import type { Campaign, CampaignTerms, QuestRule } from '#shared/domain/campaigns/campaign.ts';

/** An action with a field of each type. */
export const purchaseSchema: ActionSchema = {
  action: 'PURCHASE',
  version: 1,
  description: 'Somebody bought something',
  fields: {
    amountMinor: { type: 'int', required: true },
    category: { type: 'string', required: true },
    weightKg: { type: 'double', required: false },
    isGift: { type: 'bool', required: false },
    deliverBy: { type: 'timestamp', required: false },
    tags: { type: 'strings', required: false },
  },
};

/** A purchase of ₹1250.50 in books on a Saturday afternoon; a test names only what it is about. */
export const actionEvent = (fields: Partial<ActionEvent> = {}): ActionEvent => ({
  tenantId: 'default',
  eventId: 'e-1',
  userId: 'c-1',
  action: 'PURCHASE',
  occurredAt: new Date('2026-11-21T10:15:00Z'),
  payload: { amountMinor: 125_050, category: 'books' },
  cause: 'test e-1',
  ...fields,
});

type Simple = Extract<CampaignTerms, { type: 'SIMPLE' }>;

/** Fifty points for any purchase of November; a test names only what it is about. */
export const simpleTerms = (fields: Partial<Simple> = {}): Simple => ({
  name: 'Fifty points',
  type: 'SIMPLE',
  startAt: new Date('2026-11-01T00:00:00Z'),
  endAt: new Date('2026-12-01T00:00:00Z'),
  priority: 100,
  rule: { action: 'PURCHASE' },
  reward: { type: 'POINTS', program: 'points', amount: { kind: 'fixed', amount: 50 } },
  limits: {},
  lateness: { afterSeconds: 86_400, policy: 'count' },
  ...fields,
});

/** The same for completing a quest. */
export const questTerms = (rule: QuestRule): CampaignTerms => ({
  ...simpleTerms(),
  type: 'QUEST',
  rule,
});

/** An active campaign; a test names only what it is about. */
export const activeCampaign = (
  terms: CampaignTerms = simpleTerms(),
  campaignId = 'campaign-1',
): Campaign => ({ tenantId: 'default', campaignId, version: 3, status: 'ACTIVE', terms });
