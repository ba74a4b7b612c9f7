import { z } from 'zod';
import { strict, whole } from '../body/body-fields.ts';

const hour = whole(0, 23);

/** What customers and tenants set for notifications on phones. */
export const pushFields = {
  isOn: z.boolean('must be true or false').describe('Whether phones are notified at all'),
  quietHours: strict({
    from: hour.describe('First quiet hour'),
    until: hour.describe('First hour that is not quiet; another one than from'),
    then: z
      .enum(['postpone', 'drop'], 'must be postpone or drop')
      .describe('What happens to notifications in quiet hours'),
  })
    .refine(({ from, until }) => from !== until, {
      error: 'must be another hour than from',
      path: ['until'],
    })
    .nullable()
    .describe('null: none'),
  hourlyMax: whole(0, 100),
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
