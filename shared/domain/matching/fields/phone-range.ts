/**
 * Phones in the form of E.164 from one on, up to and without another, in the order of their
 * characters; an empty end is open.
 */
export type PhoneRange = Readonly<{ from: string; to: string }>;

/** `from..to`, such as `..+9195` and `+9195..`; undefined for what is none, or has no phone. */
export const parsePhoneRange = (text: string): PhoneRange | undefined => {
  const [, from, to] = /^(|\+\d{1,15})\.\.(|\+\d{1,15})$/.exec(text) ?? [];
  if (from === undefined || to === undefined) return undefined;
  return to === '' || from < to ? { from, to } : undefined;
};

/** Whether a phone is in a range. A record without one belongs to the range that is open below. */
export const isPhoneInRange = ({ from, to }: PhoneRange, phone = ''): boolean =>
  phone >= from && (to === '' || phone < to);
