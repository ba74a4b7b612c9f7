import { isGenericEmail } from './generic-values.ts';

/** Providers that deliver what is after a plus to the same mailbox. */
const withPlus = new Set(
  'gmail.com outlook.com hotmail.com live.com icloud.com fastmail.com proton.me protonmail.com zoho.com'.split(
    ' ',
  ),
);

const addressForm = /^([^\s@]{1,64})@([^\s@]+\.[^\s@.]+)$/;
const addressUnitsMax = 320;

/**
 * The mailbox of an e-mail address, the same for every way to write it; undefined for what is no
 * address or identifies nobody. Gmail ignores dots and what follows a plus.
 */
export const canonicalEmail = (email: string): string | undefined => {
  const folded = email.slice(0, addressUnitsMax).normalize('NFKC').trim().toLowerCase();
  const [, name, host] = addressForm.exec(folded) ?? [];
  if (name === undefined || host === undefined) return undefined;
  const domain = host === 'googlemail.com' ? 'gmail.com' : host;
  const mailbox = mailboxOf(name, domain);
  return isGenericEmail(mailbox, domain) ? undefined : `${mailbox}@${domain}`;
};

const mailboxOf = (name: string, domain: string): string => {
  const untagged = withPlus.has(domain) ? name.replace(/(?<=.)\+.*$/, '') : name;
  return domain === 'gmail.com' ? untagged.replaceAll('.', '') : untagged;
};
