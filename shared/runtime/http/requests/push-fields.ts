import { z } from 'zod';

const hour = z.int('must be a whole number from 0 to 23').min(0).max(23);

/** What customers and tenants set for notifications on phones. */
export const pushFields = {
  isOn: z.boolean('must be true or false').describe('Whether phones are notified at all'),
  quietHours: z
    .strictObject({
      from: hour.describe('First quiet hour'),
      until: hour.describe('First hour that is not quiet'),
      then: z.enum(['postpone', 'drop']).describe('What happens to notifications in quiet hours'),
    })
    .nullable()
    .describe('null: none'),
  hourlyMax: z.int('must be a whole number from 0 to 100').min(0).max(100),
};

/** Quiet hours as a body has them, null for none, and as they are stored, left out for none. */
type Quiet = Readonly<{ quietHours?: z.output<typeof pushFields.quietHours> | undefined }>;

/** What a caller has set, as it is stored. */
export const storedPush = <Fields extends Quiet>({ quietHours, ...rest }: Fields) => ({
  ...rest,
  ...(quietHours && { quietHours }),
});

/** What is stored, as callers see it. */
export const shownPush = <Fields extends Quiet>({ quietHours, ...rest }: Fields) => ({
  ...rest,
  quietHours: quietHours ?? null,
});
