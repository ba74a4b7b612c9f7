import { bodyOf, type CmsApi, createClient } from '#clients';
import { festivalActions, festivalCampaigns, festivalPool, festivalTenant } from './festival.ts';

/** The ids under which the campaigns were saved. */
export type FestivalIds = Readonly<Record<keyof typeof festivalCampaigns, string>>;

/** Creates the tenant, its actions, its coupons and its campaigns through cms-api. */
export const openFestival = async (url: string, token: string): Promise<FestivalIds> => {
  const cms = createClient<CmsApi>({ url, token: () => token });
  const { tenantId } = festivalTenant;
  await bodyOf(
    cms.POST('/api/v1/tenants', { params: { header: keyOf('tenant') }, body: festivalTenant }),
  );
  for (const [action, body] of Object.entries(festivalActions)) {
    const params = { path: { tenantId, action } };
    await bodyOf(cms.PUT('/api/v1/tenants/{tenantId}/actions/{action}', { params, body }));
  }
  const { pool, pattern, codes } = festivalPool;
  await bodyOf(
    cms.POST('/api/v1/tenants/{tenantId}/coupon-pools', {
      params: { path: { tenantId }, header: keyOf('pool') },
      body: { pool, pattern },
    }),
  );
  await bodyOf(
    cms.POST('/api/v1/tenants/{tenantId}/coupon-pools/{pool}/codes:generate', {
      params: { path: { tenantId, pool }, header: keyOf('codes') },
      body: { count: codes },
    }),
  );
  const open = async (name: keyof FestivalIds): Promise<string> => {
    const { campaignId } = await bodyOf(
      cms.POST('/api/v1/campaigns', {
        params: { header: keyOf(name) },
        body: festivalCampaigns[name],
      }),
    );
    const params = { path: { campaignId } };
    await bodyOf(cms.POST('/api/v1/campaigns/{campaignId}:activate', { params }));
    return campaignId;
  };
  return {
    cashback: await open('cashback'),
    quest: await open('quest'),
    coupon: await open('coupon'),
  };
};

const keyOf = (step: string) => ({ 'Idempotency-Key': `festival-${step}` });
