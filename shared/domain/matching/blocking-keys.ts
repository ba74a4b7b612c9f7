import type { NamePart, Profile } from './profile.ts';

/** Parts of a name and places to look for it that keys are built from. */
const soundsMax = 3;

/** No record has more keys. */
export const blockingKeysMax = 13;

/**
 * The keys under which a record is found: records that share one are compared. Each phone, e-mail,
 * card and document is a key. So is the sound of each of three parts of the name with the postal
 * code and with the date of birth, and the latter two together; and the least of these sounds with
 * the last four digits of the phone, and with those before. The latter find records whose phones
 * differ in a digit, so one sound is enough: a second error in that part of the name is rarer than
 * what recall is measured in. Values that identify nobody are no part of a profile and so of no
 * key. A store hashes keys before it keeps them.
 */
export const blockingKeys = (profile: Profile): readonly string[] => {
  const { phone, email, card, document, birthDate, postcode } = profile;
  const sounds = soundsOf(profile.name ?? []);
  const [least] = sounds.toSorted();
  const keys = [
    keyOf('phone', phone),
    keyOf('email', email),
    keyOf('card', card),
    keyOf('document', document),
    postcode && keyOf(`post ${postcode} born`, birthDate),
  ];
  if (least !== undefined)
    keys.push(
      keyOf(`sound ${least} tail`, phone?.slice(-4)),
      keyOf(`sound ${least} head`, phone?.slice(0, -4)),
    );
  for (const sound of sounds)
    keys.push(keyOf(`sound ${sound} post`, postcode), keyOf(`sound ${sound} born`, birthDate));
  return keys.filter((key) => key !== undefined);
};

const keyOf = (kind: string, value: string | undefined): string | undefined =>
  value === undefined ? undefined : `${kind} ${value}`;

/** Initials sound like too many. */
const soundsOf = (name: readonly NamePart[]): readonly string[] => {
  const parts = name.filter(({ text }) => text.length > 1);
  return [...new Set(parts.map(({ sound, spelling }) => sound || spelling))].slice(0, soundsMax);
};
