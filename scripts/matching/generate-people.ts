import { cities, familyNames, givenNames, streets } from './names.ts';
import { digits, pick } from './noise.ts';

type Name = Readonly<{ latin: string; devanagari: string | undefined }>;

/** A synthetic person with the correct details. */
export type Person = Readonly<{
  id: string;
  given: Name;
  family: Name;
  /** Ten digits of an Indian number. */
  phone: string;
  email: string;
  cards: readonly string[];
  address: string;
  city: string;
  postcode: string;
}>;

type Random = () => number;

/** What members of a household share: the address, and other things with these shares. */
const shared = { family: 0.85, phone: 0.2, email: 0.05, card: 0.1 };

/** People in households of one to four, whose given names differ. */
export const generatePeople = (count: number, random: Random): readonly Person[] => {
  const people: Person[] = [];
  while (people.length < count) {
    const size = Math.min(count - people.length, 1 + Math.floor(random() ** 2 * 4));
    people.push(...household(size, people.length, random));
  }
  return people;
};

const household = (size: number, first: number, random: Random): readonly Person[] => {
  const [city, area] = pick(cities, random);
  const place = {
    address: `${1 + Math.floor(random() * 300)} ${pick(streets, random)} Road, ${pick(streets, random)} Nagar`,
    ...{ city, postcode: area + digits(3, random) },
  };
  const names = new Set<(typeof givenNames)[number]>();
  while (names.size < size) names.add(pick(givenNames, random));
  const members: Person[] = [];
  for (const given of names) {
    const id = String(first + members.length).padStart(6, '0');
    members.push({ id, ...place, ...member(nameOf(given), members[0], random) });
  }
  return members;
};

/** A member, who shares some things with the head of the household. */
const member = (given: Name, head: Person | undefined, random: Random) => {
  const alone = memberAlone(given, random);
  if (!head) return alone;
  const family = random() < shared.family ? head.family : alone.family;
  return {
    ...{ given, family },
    phone: random() < shared.phone ? head.phone : alone.phone,
    email: random() < shared.email ? head.email : emailOf({ given, family }, random),
    cards: random() < shared.card ? head.cards : alone.cards,
  };
};

const memberAlone = (given: Name, random: Random) => {
  const family = nameOf(pick(familyNames, random));
  const cards = Array.from({ length: random() < 0.3 ? 2 : 1 }, () => `card-${digits(12, random)}`);
  const phone = `${pick([6, 7, 8, 9], random)}${digits(9, random)}`;
  return { given, family, phone, email: emailOf({ given, family }, random), cards };
};

const emailOf = ({ given, family }: Readonly<{ given: Name; family: Name }>, random: Random) => {
  const host = pick(
    ['gmail.com', 'gmail.com', 'yahoo.co.in', 'outlook.com', 'rediffmail.com'],
    random,
  );
  const name = `${given.latin}${pick(['.', '', '_'], random)}${family.latin}`;
  return `${name.toLowerCase()}${digits(5, random)}@${host}`;
};

const nameOf = ([latin, devanagari]: (typeof givenNames)[number]): Name => ({ latin, devanagari });
