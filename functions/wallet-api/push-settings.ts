import { z } from 'zod';
import { effectivePreferences } from '#shared/domain/inbox/plan-push.ts';
import { strict, timeZone } from '#shared/runtime/http/body/body-fields.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { pushFields, shownPush, storedPush } from '#shared/runtime/http/requests/push-fields.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from './dependencies.ts';
import { inboxProblems, inboxUrl, ownerOf, ownScope } from './inbox.ts';
import { customerPath } from './parameters.ts';

type Access = Pick<Dependencies, 'tenants' | 'pushSettings'>;

/** Ten times as long as the tokens of today, and short enough for a key in Postgres. */
const deviceToken = z
  .string('must be a string')
  .regex(/^[\x21-\x7e]{1,2048}$/, 'must be 1 to 2048 printable ASCII characters without spaces')
  .describe('Device token from FCM or APNs');

const newDevice = strict({
  platform: z.enum(['android', 'ios'], 'must be android or ios'),
  token: deviceToken,
}).meta({ id: 'NewDevice' });

const preferencesFields = { ...pushFields, timeZone: timeZone.describe('IANA name') };

const settingProblems = { ...inboxProblems, 410: "The customer's personal data was erased" };

const preferencesAnswer = z
  .object({
    ...preferencesFields,
    setBy: z
      .enum(['CUSTOMER', 'TENANT', 'PLATFORM'])
      .describe('CUSTOMER: stored for this customer; else the defaults of the tenant or platform'),
  })
  .meta({ id: 'PushPreferences' });

/** POST …/inbox/devices: a phone of the customer is notified of what no open app receives. */
export const addDevice = (dependencies: Access) =>
  defineRoute({
    method: 'POST',
    path: `${inboxUrl}/devices`,
    id: 'addDevice',
    summary: "Register a customer's phone for notifications",
    scope: 'wallet:write',
    openTo: [ownScope],
    params: customerPath,
    query: z.object({}),
    body: newDevice,
    status: 204,
    problems: settingProblems,
    handle: async ({ params, body: device, caller }) => {
      const user = await ownerOf(dependencies, params, { caller, scope: 'wallet:write' });
      if (!(await dependencies.pushSettings.addDevice(user, device))) throw erased(user);
    },
  });

/** DELETE …/inbox/devices: the phone is no longer notified. */
export const removeDevice = (dependencies: Access) =>
  defineRoute({
    method: 'DELETE',
    path: `${inboxUrl}/devices`,
    id: 'removeDevice',
    summary: "Remove a customer's phone from notifications",
    scope: 'wallet:write',
    openTo: [ownScope],
    params: customerPath,
    query: z.object({ token: deviceToken }),
    status: 204,
    problems: inboxProblems,
    handle: async ({ params, query: { token }, caller }) => {
      const user = await ownerOf(dependencies, params, { caller, scope: 'wallet:write' });
      await dependencies.pushSettings.removeDevice(user, token);
    },
  });

/** GET …/inbox/preferences: what a customer wants on the phone. */
export const getPushPreferences = (dependencies: Access) =>
  defineRoute({
    method: 'GET',
    path: `${inboxUrl}/preferences`,
    id: 'getPushPreferences',
    summary: "Get a customer's preferences for notifications",
    scope: 'wallet:read',
    openTo: [ownScope],
    params: customerPath,
    query: z.object({}),
    response: preferencesAnswer,
    problems: inboxProblems,
    handle: async ({ params, caller }) => {
      const user = await ownerOf(dependencies, params, { caller, scope: 'wallet:read' });
      const stored = await dependencies.pushSettings.preferences(user);
      return shownPush(effectivePreferences(stored ?? nothingStored));
    },
  });

/** PUT …/inbox/preferences: from the next notification on. */
export const putPushPreferences = (dependencies: Access) =>
  defineRoute({
    method: 'PUT',
    path: `${inboxUrl}/preferences`,
    id: 'putPushPreferences',
    summary: "Set a customer's preferences for notifications",
    scope: 'wallet:write',
    openTo: [ownScope],
    params: customerPath,
    query: z.object({}),
    body: strict(preferencesFields).meta({ id: 'NewPushPreferences' }),
    response: preferencesAnswer,
    problems: settingProblems,
    handle: async ({ params, body: wanted, caller }) => {
      const user = await ownerOf(dependencies, params, { caller, scope: 'wallet:write' });
      const preferences = storedPush(wanted);
      if (!(await dependencies.pushSettings.storePreferences(user, preferences)))
        throw erased(user);
      return shownPush({ ...preferences, setBy: 'CUSTOMER' as const });
    },
  });

const erased = ({ userId }: Readonly<{ userId: string }>): HttpProblem =>
  new HttpProblem(410, 'customer-erased', `The personal data of customer ${userId} was erased`);

/** Of a tenant that was removed meanwhile. */
const nothingStored = { preferences: null, defaults: null, timeZone: null };
