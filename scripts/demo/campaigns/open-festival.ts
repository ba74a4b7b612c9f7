import { type CmsApi, cmsApi } from '#shared/clients/cms-api.ts';
import { createClient } from '#shared/clients/create-client.ts';
import { festivalActions, festivalCampaigns, festivalPool, festivalTenant } from './festival.ts';

/** The ids under which the campaigns were saved. */
export type FestivalIds = Readonly<Record<keyof typeof festivalCampaigns, string>>;

/** Makes the tenant, its actions, its coupons and its campaigns as people do: through cms-api. */
export const openFestival = async (cms: string, token: string): Promise<FestivalIds> => {
  const call = createClient<CmsApi>(cmsApi, { url: cms, token: () => token });
  const { tenantId } = festivalTenant;
  const path = { tenantId };
  await call('createTenant', { headers: keyOf('tenant'), body: festivalTenant });
  for (const [action, body] of Object.entries(festivalActions)) {
    await call('putAction', { path: { ...path, action }, body });
  }
  const { pool, pattern, codes } = festivalPool;
  await call('createCouponPool', { path, headers: keyOf('pool'), body: { pool, pattern } });
  await call('generateCouponCodes', {
    path: { ...path, pool },
    headers: keyOf('codes'),
    body: { count: codes },
  });
  const open = async (name: keyof FestivalIds): Promise<string> => {
    const { body } = await call('createCampaign', {
      headers: keyOf(name),
      body: festivalCampaigns[name],
    });
    await call('activateCampaign', { path: { campaignId: body.campaignId } });
    return body.campaignId;
  };
  return {
    cashback: await open('cashback'),
    quest: await open('quest'),
    coupon: await open('coupon'),
  };
};

const keyOf = (step: string) => ({ 'Idempotency-Key': `festival-${step}` });
