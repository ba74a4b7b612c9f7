/** What people type where a field must not be empty. */
const placeholders =
  'na none null nil nill unknown test tester testing dummy sample xxx xyz abc asdf qwerty anonymous customer guest user noname name walkin walk in cash';
const genericNames = new Set([...placeholders.split(' '), 'notavailable', 'notapplicable']);
/** Mailboxes of nobody, or of a whole company. */
const genericMailboxes = new Set([
  ...placeholders.split(' '),
  ...'noreply no-reply donotreply noemail nomail email mail a info admin support sales contact office help'.split(
    ' ',
  ),
]);
const genericHosts = /(^|\.)(example\.(com|org|net)|test\.com|(test|invalid|example|localhost))$/;

/** Eight digits in a row; a real number of ten has one of these once in some ten million. */
const runs = ['01234567', '12345678', '23456789', '98765432', '87654321', '76543210'];

/** At most two different digits. */
const ofTwoDigits = /^(.)\1*(?:(.)(?:\1|\2)*)?$/;

/**
 * Whether the digits of a national phone number are made up: 0000000000, 9999999999, 1234567890. A
 * real number of ten digits has only two different ones five times in a million.
 */
export const isGenericPhone = (digits: string): boolean =>
  ofTwoDigits.test(digits) || runs.some((run) => digits.includes(run));

/** Whether a mailbox identifies nobody: test@…, na@…, info@…, anything@example.com. */
export const isGenericEmail = (mailbox: string, host: string): boolean =>
  genericMailboxes.has(mailbox.replace(/\d+$/, '')) || genericHosts.test(host);

/** Whether a folded name identifies nobody: N/A, test, walk-in customer. */
export const isGenericName = (parts: readonly string[]): boolean =>
  parts.every((part) => genericNames.has(part)) || genericNames.has(parts.join(''));
