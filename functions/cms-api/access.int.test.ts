import { randomUUID } from 'node:crypto';
import { type Example, testClosedOperations } from '#shared/testing/closed-operations.ts';
import { campaignDocument, purchaseDocument } from '#shared/testing/worlds/campaign-documents.ts';
import { cmsWorld } from '#shared/testing/worlds/cms-world.ts';
import { goldTerms, newRule } from '#shared/testing/worlds/earning.ts';
import { liveEvent, liveEvents } from '#shared/testing/worlds/live-events.ts';
import openapi from '../../docs/api/cms-api.openapi.json' with { type: 'json' };
import { routes as compose } from './routes.ts';
import { stores } from './stores.ts';

const { routes, sql, ask, get, post, base, world } = await cmsWorld((clients) =>
  compose({ ...stores(clients), clock: clients.clock }),
);
const { play } = liveEvents(sql);

/** A name that no other example has, and that exists only in acme. */
const fresh = () => `acme-${randomUUID().slice(0, 8)}`;
const document = (fields: object = {}) =>
  campaignDocument({
    name: 'Of Acme',
    endAt: '2999-01-01T00:00:00.000Z',
    lateness: { afterSeconds: 86_400, policy: 'count' },
    ...fields,
  });

await post(`${base}/programs`, { program: 'points', name: 'Points of Acme' });
await ask('PUT', `${base}/actions/PURCHASE`, { body: purchaseDocument });
await ask('PUT', `${base}/actions/VISIT`, { body: { description: 'A visit to Acme', fields: {} } });

const campaign = async (fields: object = {}, ...verbs: readonly string[]) => {
  const { body } = await post('/api/v1/campaigns', document(fields));
  const campaignId = String(body['campaignId']);
  const path = `/api/v1/campaigns/${campaignId}`;
  for (const verb of verbs) await post(`${path}:${verb}`);
  return { path: { campaignId }, ifMatch: (await get(path)).etag ?? '' };
};
const program = async () => {
  const name = fresh();
  await post(`${base}/programs`, { program: name, name });
  return name;
};
const ofProgram = async (body?: unknown): Promise<Example> => ({
  path: { program: await program() },
  body,
});
const ofVersion = async (kind: 'rules' | 'tiers', body?: unknown): Promise<Example> => {
  const name = await program();
  await post(`${base}/programs/${name}/${kind}`, kind === 'rules' ? newRule : { terms: goldTerms });
  return { path: { program: name, version: '1' }, body };
};
const cohort = async (body?: unknown): Promise<Example> => {
  const made = await post('/api/v1/cohorts', { cohort: fresh(), name: 'VIP', members: ['acme-c'] });
  return { path: { cohortId: String(made.body['cohortId']) }, body };
};
const upload = async () => {
  const { path } = await cohort();
  const started = await post(`/api/v1/cohorts/${path?.['cohortId'] ?? ''}/uploads`, {
    mode: 'add',
  });
  return { path: { ...path, uploadId: String(started.body['uploadId']) } };
};
const member = async (body?: unknown): Promise<Example> => {
  const name = fresh();
  await post('/api/v1/cohorts', { cohort: name, name: 'VIP', members: ['acme-c'] });
  return { path: { cohort: name, customerId: 'acme-c' }, body };
};
const pool = async (body?: unknown): Promise<Example> => {
  const name = fresh();
  await post(`${base}/coupon-pools`, { pool: name, pattern: 'ACME-####-####' });
  return { path: { pool: name }, body };
};
const code = async (): Promise<Example> => {
  const { path = {} } = await pool();
  const of = `${base}/coupon-pools/${path['pool'] ?? ''}`;
  const name = fresh();
  await post(`${of}/codes:import`, { codes: [name] });
  return { path: { ...path, code: name } };
};
const rewarded = async () => {
  const { path } = await campaign({}, 'activate');
  const userId = fresh();
  await play(liveEvent({ eventId: userId, userId }), world.now);
  await post(`/api/v1/campaigns/${path.campaignId}:end`);
  const { incentives } = (await get(`${base}/incentives?userId=${userId}`)).body;
  const [incentive] = incentives as { incentiveId: string }[];
  return { userId, eventId: userId, incentiveId: incentive?.incentiveId ?? '' };
};
const incentive = async (body?: unknown): Promise<Example> => ({
  path: { incentiveId: (await rewarded()).incentiveId },
  body,
});
const quest = async (): Promise<Example> => {
  const steps = [{ name: 'visits', action: 'VISIT' }];
  const { path } = await campaign({ type: 'QUEST', rule: { steps } });
  return { path: { ...path, userId: 'acme-c' } };
};
const webhookTerms = { url: 'https://hooks.example.com/', eventTypes: ['*'] };
/**
 * An active endpoint with a failed delivery; the one before makes room, as a tenant has at most
 * twenty.
 */
const webhook = async () => {
  await sql`update webhooks set status = 'DELETED' where tenant_id = 'acme'`;
  const { body } = await post('/api/v1/webhooks', webhookTerms);
  const webhookId = String(body['webhookId']);
  await sql`update webhooks set status = 'ACTIVE' where webhook_id = ${webhookId}`;
  await sql`
    insert into webhook_deliveries (webhook_id, event_id, event_type, body, status)
    values (${webhookId}, 'acme-e', 'points.awarded', '{}', 'FAILED')`;
  return { path: { webhookId } };
};
const customer = () => ({ path: { customerId: fresh() } });
const erased = async () => {
  const { path } = customer();
  await ask('DELETE', `${base}/customers/${path.customerId}`);
  return { path };
};
const nothing = (): Example => ({});
const newTenant = () => ({ tenantId: fresh(), name: 'New', currency: 'INR', timeZone: 'UTC' });
const order = { amount: '5000.50', currency: 'INR', placedAt: '2026-11-21T10:00:00Z' };
const event = { action: 'VISIT', userId: 'acme-c' };

testClosedOperations({
  openapi,
  routes,
  sql,
  examples: {
    createTenant: () => ({ body: newTenant(), ofToken: true }),
    getTenant: nothing,
    setRetention: () => ({ body: { changeLog: 24 } }),
    getPushDefaults: nothing,
    setPushDefaults: () => ({ body: { hourlyMax: 3 } }),
    getLimits: nothing,
    setLimits: () => ({ body: { maxPerDay: 1_000_000 } }),
    setUserLimits: () => ({ body: { maxPerDay: 1_000_000 } }),
    listActions: nothing,
    putAction: () => ({ path: { action: 'VISIT' }, body: { description: 'Seen', fields: {} } }),
    getAction: () => ({ path: { action: 'VISIT' } }),
    createCampaign: () => ({ body: document({ tenantId: 'acme' }) }),
    searchCampaigns: () => ({ query: '?tenantId=acme&action=PURCHASE' }),
    listCampaigns: nothing,
    getCampaign: () => campaign(),
    updateCampaign: async () => ({ ...(await campaign()), body: document({ name: 'Of Acme 2' }) }),
    activateCampaign: () => campaign(),
    pauseCampaign: () => campaign({}, 'activate'),
    endCampaign: () => campaign({}, 'activate'),
    archiveCampaign: () => campaign({}, 'activate', 'end'),
    copyCampaign: async () => ({ ...(await campaign()), body: {} }),
    listCampaignVersions: () => campaign(),
    getCampaignVersion: async () => {
      const { path } = await campaign();
      return { path: { ...path, version: '1' } };
    },
    getCampaignDiff: async () => ({ ...(await campaign()), query: '?from=1&to=1' }),
    listPrograms: nothing,
    createProgram: () => ({ body: { program: fresh(), name: 'Miles' } }),
    getProgram: () => ofProgram(),
    dryRunOrder: () => ofProgram({ order }),
    listRules: () => ofProgram(),
    createRule: () => ofProgram(newRule),
    getRule: () => ofVersion('rules'),
    activateRule: () => ofVersion('rules', {}),
    listTiers: () => ofProgram(),
    createTiers: () => ofProgram({ terms: goldTerms }),
    getTiers: () => ofVersion('tiers'),
    activateTiers: () => ofVersion('tiers', {}),
    // A stranger creates their own resource with it, which must not look like one of acme.
    createCohort: () => ({
      body: { cohort: fresh().replace('acme', 'own'), name: 'VIP' },
      ofToken: true,
    }),
    listCohorts: () => ({ ofToken: true }),
    getCohort: () => cohort(),
    updateCohort: async () => ({ ...(await cohort({ name: 'VIPs' })), ifMatch: '"1"' }),
    deleteCohort: () => cohort(),
    previewCohort: () => ({ body: { predicate: { of: 'days-known', atLeast: 1 } }, ofToken: true }),
    listCohortMembersAt: () => cohort(),
    startCohortUpload: () => cohort({ mode: 'add' }),
    getCohortUpload: () => upload(),
    uploadCohortRows: async () => ({ ...(await upload()), body: 'acme-d', mediaType: 'text/csv' }),
    listCohortRefusedRows: () => upload(),
    applyCohortUpload: () => upload(),
    discardCohortUpload: () => upload(),
    recomputeCohort: () => cohort(),
    uploadCohortMembers: () => cohort({ members: ['acme-d'] }),
    listCohortMembers: () => member(),
    getCohortMember: () => member(),
    putCohortMember: () => member({}),
    deleteCohortMember: () => member(),
    createCouponPool: () => ({ body: { pool: fresh() } }),
    getCouponPool: () => pool(),
    generateCouponCodes: () => pool({ count: 3 }),
    importCouponCodes: () => pool({ codes: [fresh()] }),
    getCouponCode: code,
    listIncentives: async () => {
      await rewarded();
      return {};
    },
    getIncentive: () => incentive(),
    reverseIncentive: () => incentive({ reason: 'by mistake' }),
    getQuestProgress: quest,
    eraseCustomer: customer,
    getErasure: erased,
    exportCustomer: customer,
    createWebhook: () => ({ body: webhookTerms, ofToken: true }),
    listWebhooks: () => ({ ofToken: true }),
    getWebhook: () => webhook(),
    updateWebhook: async () => ({ ...(await webhook()), body: webhookTerms, ifMatch: '"1"' }),
    deleteWebhook: () => webhook(),
    rotateWebhookSecret: () => webhook(),
    enableWebhook: () => webhook(),
    testWebhook: () => webhook(),
    listWebhookDeliveries: () => webhook(),
    redriveWebhook: () => webhook(),
    redriveWebhookDelivery: async () => {
      const { path } = await webhook();
      return { path: { ...path, eventId: 'acme-e' } };
    },
    evaluateEvent: () => ({ body: { event } }),
    explainEvent: async () => ({ path: { eventId: (await rewarded()).eventId } }),
    // A stranger's own attempts name acme.
    listAudit: () => ({ query: '?resource=incentives/' }),
  },
});
