import { randomBytes } from 'node:crypto';

/** Standard Webhooks requires 24 to 64 random bytes. */
const secretBytes = 32;

/** A signing secret as Standard Webhooks writes it. */
export const newSecret = (): string => `whsec_${randomBytes(secretBytes).toString('base64')}`;
