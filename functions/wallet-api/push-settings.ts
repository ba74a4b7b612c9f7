import { z } from 'zod';
import { defaultPreferences, type PushPreferences } from '#shared/domain/inbox/plan-push.ts';
import { isTimeZone } from '#shared/domain/time/local-time.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from './dependencies.ts';
import { inboxProblems, inboxUrl, ownerOf, ownScope } from './inbox.ts';
import { body, customerPath } from './parameters.ts';

type Access = Pick<Dependencies, 'tenants' | 'pushSettings'>;

const deviceToken = z
  .string('must be a string')
  .regex(/^[\x21-\x7e]{1,4096}$/, 'must be 1 to 4096 printable ASCII characters without spaces')
  .describe('Device token from FCM or APNs');

const newDevice = body({
  platform: z.enum(['android', 'ios'], 'must be android or ios'),
  token: deviceToken,
}).meta({ id: 'NewDevice' });

const hour = z.int('must be a whole number from 0 to 23').min(0).max(23);

const preferencesFields = {
  isOn: z.boolean('must be true or false').describe('false turns off notifications on phones'),
  quietHours: z
    .strictObject({
      from: hour.describe('First quiet hour'),
      until: hour.describe('End of the quiet hours (exclusive)'),
      then: z
        .enum(['postpone', 'drop'])
        .describe('What happens to notifications during quiet hours'),
    })
    .nullable()
    .describe('null: none'),
  timeZone: z
    .string('must be a string')
    .max(64)
    .refine(isTimeZone, 'must be an IANA time zone such as Asia/Kolkata')
    .describe('IANA name'),
  hourlyMax: z.int('must be a whole number from 0 to 100').min(0).max(100),
};

const preferencesAnswer = z.object(preferencesFields).meta({ id: 'PushPreferences' });

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
    problems: inboxProblems,
    handle: async ({ params, body: device, caller }) => {
      const user = await ownerOf(dependencies, params, { caller, scope: 'wallet:write' });
      await dependencies.pushSettings.addDevice(user, device);
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
      const tenant = await dependencies.tenants.find(user.tenantId);
      const stored = await dependencies.pushSettings.preferences(user);
      return show(stored ?? defaultPreferences(tenant?.timeZone ?? 'UTC'));
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
    body: body(preferencesFields).meta({ id: 'NewPushPreferences' }),
    response: preferencesAnswer,
    problems: inboxProblems,
    handle: async ({ params, body: { quietHours, ...rest }, caller }) => {
      const user = await ownerOf(dependencies, params, { caller, scope: 'wallet:write' });
      const preferences = { ...rest, ...(quietHours && { quietHours }) };
      await dependencies.pushSettings.storePreferences(user, preferences);
      return show(preferences);
    },
  });

const show = ({ quietHours, ...rest }: PushPreferences) => ({
  ...rest,
  quietHours: quietHours ?? null,
});
