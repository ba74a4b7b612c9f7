import type { NamePart, Profile } from './profile.ts';

/** Parts of a name that keys are built from. */
const partsMax = 3;

/** No record has more keys. */
export const blockingKeysMax = 14;

/**
 * The keys under which a record is found: records that share one are compared. Each phone, e-mail,
 * card and document is a key. So are the postal code with the date of birth, each with parts of the
 * name, and one part with the last four digits of the phone and with those before: these two find
 * records whose phones differ in a digit, so one part is enough.
 *
 * With a postal code and with digits of a phone, a part is its sound and the initial of another
 * part. Sounds alone are shared by so many people that, of ten million records, most of the work
 * would be comparing strangers. Only records with neither a phone nor an e-mail have them with the
 * postal code, too, for little else finds those. Values that identify nobody are no part of a
 * profile and so of no key. A store hashes keys before it keeps them.
 */
export const blockingKeys = (profile: Profile): readonly string[] => {
  const { name = [], phone, email, card, document, birthDate, postcode } = profile;
  const [sounds, sharper] = [soundsOf(name), withInitials(name)];
  const [least] = sharper.toSorted();
  const isReachable = phone !== undefined || email !== undefined;
  const keys = [
    keyOf('phone', phone),
    keyOf('email', email),
    keyOf('card', card),
    keyOf('document', document),
    postcode && keyOf(`post ${postcode} born`, birthDate),
    ...sounds.map((sound) => keyOf(`sound ${sound} born`, birthDate)),
    ...(isReachable ? sharper : [...new Set([...sharper, ...sounds])]).map((part) =>
      keyOf(`sound ${part} post`, postcode),
    ),
  ];
  if (least !== undefined)
    keys.push(
      keyOf(`sound ${least} tail`, phone?.slice(-4)),
      keyOf(`sound ${least} head`, phone?.slice(0, -4)),
    );
  return keys.filter((key) => key !== undefined);
};

const keyOf = (kind: string, value: string | undefined): string | undefined =>
  value === undefined ? undefined : `${kind} ${value}`;

/** Of each part but initials, which sound like too many. */
const soundsOf = (name: readonly NamePart[]): readonly string[] =>
  [...new Set(name.filter(isWord).map(soundOf))].slice(0, partsMax);

/**
 * The first part with each other one: the sound of either with the initial of the other, so that
 * one of them may be mistyped, abbreviated or in the other's place. A single part is a key by
 * itself.
 */
const withInitials = (name: readonly NamePart[]): readonly string[] => {
  const [first, ...others] = name.slice(0, partsMax);
  if (first === undefined || others.length === 0) return soundsOf(name);
  const pairs = others.flatMap((other) => [[first, other] as const, [other, first] as const]);
  const sounding = pairs.filter(([part]) => isWord(part));
  return [...new Set(sounding.map(([part, other]) => `${soundOf(part)} ${initialOf(other)}`))];
};

const isWord = ({ text }: NamePart): boolean => text.length > 1;

const soundOf = ({ sound, spelling }: NamePart): string => sound || spelling;

const initialOf = ({ spelling }: NamePart): string => spelling.slice(0, 1);
