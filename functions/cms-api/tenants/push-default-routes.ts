import { z } from 'zod';
import { type PushDefaults, platformDefaults } from '#shared/domain/inbox/plan-push.ts';
import { strict } from '#shared/runtime/http/body/body-fields.ts';
import { pushFields, shownPush, storedPush } from '#shared/runtime/http/requests/push-fields.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { tenantPath } from '../parameters.ts';
import { noTenant } from '../refusals.ts';

type Access = Pick<Dependencies, 'pushDefaults'>;

const path = '/api/v1/tenants/{tenantId}/push-defaults';
const problems = { 404: 'The tenant does not exist' };

const { isOn, quietHours, hourlyMax } = pushFields;

/** What is left out is as on the platform. */
const newDefaults = strict({
  isOn: isOn.default(platformDefaults.isOn),
  quietHours: quietHours.default(null),
  hourlyMax: hourlyMax.default(platformDefaults.hourlyMax),
}).meta({ id: 'NewPushDefaults' });

const defaultsAnswer = z
  .object({
    ...pushFields,
    setBy: z.enum(['TENANT', 'PLATFORM']).describe('PLATFORM: the tenant has set none'),
  })
  .describe('Hours are in the time zone of the tenant')
  .meta({ id: 'PushDefaults' });

/** GET …/push-defaults: what holds for customers who stored no preferences. */
export const getPushDefaults = ({ pushDefaults }: Access) =>
  defineRoute({
    method: 'GET',
    path,
    id: 'getPushDefaults',
    summary: "Get a tenant's defaults for notifications on phones",
    scope: 'cms:read',
    params: tenantPath,
    query: z.object({}),
    response: defaultsAnswer,
    problems,
    handle: async ({ params: { tenantId } }) => {
      const own = await pushDefaults.find(tenantId);
      if (own === undefined) throw noTenant(tenantId);
      return own === null ? show(platformDefaults, 'PLATFORM') : show(own, 'TENANT');
    },
  });

/** POST …/push-defaults: from the next notification on. Repeating changes nothing. */
export const setPushDefaults = ({ pushDefaults }: Access) =>
  defineRoute({
    method: 'POST',
    path,
    id: 'setPushDefaults',
    summary: "Set a tenant's defaults for notifications on phones",
    scope: 'cms:write',
    params: tenantPath,
    query: z.object({}),
    body: newDefaults,
    response: defaultsAnswer,
    problems,
    handle: async ({ params: { tenantId }, body, caller: { subject } }) => {
      const defaults = storedPush(body);
      if (!(await pushDefaults.set(tenantId, { defaults, subject }))) throw noTenant(tenantId);
      return show(defaults, 'TENANT');
    },
  });

const show = (defaults: PushDefaults, setBy: z.output<typeof defaultsAnswer>['setBy']) =>
  shownPush({ ...defaults, setBy });
