/** What a record carries of its earlier resends. */
export type ResendHistory = Readonly<{
  /** How often it was resent automatically. */
  resends: number;
  /** When its first dead letter was written. */
  firstLetterAt: Date;
}>;

const resendsName = 'guerdonresends';
const firstLetterName = 'guerdonfirstletterat';

/** Whether an attribute or a header carries the history. */
export const isHistory = (name: string): boolean =>
  name === resendsName || name === firstLetterName;

/**
 * Reads the history of a dead letter that was written at `at`. Producers may write anything into
 * their headers: what is no count is none, and no record failed after its last letter was written.
 */
export const historyIn = (
  attribute: (name: string) => string | undefined,
  at: Date,
): ResendHistory => {
  const resends = attribute(resendsName) ?? '';
  const firstLetterAtMs = Date.parse(attribute(firstLetterName) ?? '');
  return {
    resends: /^\d{1,6}$/.test(resends) ? Number(resends) : 0,
    firstLetterAt: firstLetterAtMs < at.getTime() ? new Date(firstLetterAtMs) : at,
  };
};

/** What the record carries once it is resent again. */
export const nextHistory = ({ resends, firstLetterAt }: ResendHistory): Record<string, string> => ({
  [resendsName]: String(resends + 1),
  [firstLetterName]: firstLetterAt.toISOString(),
});
