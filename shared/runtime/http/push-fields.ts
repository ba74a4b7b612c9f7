import { z } from 'zod';

const hour = z.int('must be a whole number from 0 to 23').min(0).max(23);

/** What customers and tenants set for notifications on phones. */
export const pushFields = {
  isOn: z.boolean('must be true or false').describe('Whether phones are notified at all'),
  quietHours: z
    .strictObject({
      from: hour.describe('First quiet hour'),
      until: hour.describe('First hour that is not quiet'),
      then: z.enum(['postpone', 'drop']).describe('What becomes of notifications meanwhile'),
    })
    .nullable()
    .describe('null: none'),
  hourlyMax: z.int('must be a whole number from 0 to 100').min(0).max(100),
};
