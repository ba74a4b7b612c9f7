import { seededRandom } from '#scripts/orders/random.ts';
import type { CustomerRecord } from '#shared/matching/profile-of.ts';
import { generatePeople, type Person } from './generate-people.ts';
import { nicknames } from './names.ts';
import { misdial, mistype, pick, respell } from './noise.ts';

/** A record with its person. */
export type LabelledRecord = Readonly<{ personId: string; record: CustomerRecord }>;

type Options = Readonly<{ seed: number; people: number }>;

type Random = () => number;

/**
 * The probability of each kind of noise. Each is drawn independently, so a record may have several.
 */
const noise = {
  name: {
    ...{ mistyped: 0.05, respelled: 0.06, nickname: 0.05, devanagari: 0.04, swapped: 0.04 },
    ...{ initial: 0.015, titled: 0.15, capitals: 0.2, placeholder: 0.0005 },
  },
  phone: { missing: 0.0005, misdialled: 0.003, made: 0.0005, ofShop: 0.0005 },
  email: { missing: 0.25, mistyped: 0.01, made: 0.01, tagged: 0.05 },
  address: { missing: 0.1, mistyped: 0.15, shortened: 0.2 },
} as const;

/**
 * Records of both sources about synthetic people, in the order of a shuffled stream: each person
 * has some in one source or both; households share phones, addresses and sometimes mailboxes and
 * cards. The same options always give the same records.
 */
export const generateRecords = ({ seed, people }: Options): readonly LabelledRecord[] => {
  const random = seededRandom(seed);
  const labelled = generatePeople(people, random).flatMap((person) => recordsOf(person, random));
  for (let last = labelled.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const [one, two] = [labelled[last], labelled[other]] as [LabelledRecord, LabelledRecord];
    [labelled[last], labelled[other]] = [two, one];
  }
  return labelled;
};

const recordsOf = (person: Person, random: Random): LabelledRecord[] => {
  const isInBoth = random() < 0.7;
  const onlyIn = random() < 0.5 ? 'dotnet' : 'store';
  const count = (source: CustomerRecord['source'], max: number) =>
    isInBoth || onlyIn === source ? 1 + Math.floor(random() ** 2 * max) : 0;
  const make = (source: CustomerRecord['source'], index: number): LabelledRecord => ({
    personId: person.id,
    record: {
      recordId: `${source}-${person.id}-${index}`,
      source,
      name: nameOf(person, random),
      phone: phoneOf(person, random),
      ...(source === 'dotnet' ? onlineDetails(person, random) : shopDetails(person, random)),
    },
  });
  return (['dotnet', 'store'] as const).flatMap((source) =>
    Array.from({ length: count(source, source === 'dotnet' ? 2 : 4) }, (_, at) => make(source, at)),
  );
};

const nameOf = ({ given, family }: Person, random: Random): string => {
  const wrong = noise.name;
  if (random() < wrong.placeholder) return pick(['N/A', 'Test', 'Walk-in Customer'], random);
  if (given.devanagari && family.devanagari && random() < wrong.devanagari)
    return `${given.devanagari} ${family.devanagari}`;
  const parts = [givenOf(given.latin, random), family.latin];
  const noisy = parts.map((part) => noisyPart(part, random));
  const ordered = random() < wrong.swapped ? noisy.toReversed() : noisy;
  const full = `${random() < wrong.titled ? pick(['Mr. ', 'Mrs ', 'Shri ', 'Dr '], random) : ''}${ordered.join(' ')}`;
  return random() < wrong.capitals ? full.toUpperCase() : full;
};

const givenOf = (given: string, random: Random): string => {
  const short = nicknames[given];
  if (short && random() < noise.name.nickname * 3) return pick(short, random);
  return random() < noise.name.initial ? `${given[0]}.` : given;
};

const noisyPart = (part: string, random: Random): string => {
  if (random() < noise.name.mistyped / 2) return mistype(part, random);
  return random() < noise.name.respelled / 2 ? respell(part, random) : part;
};

const phoneOf = (person: Person, random: Random): string | undefined => {
  const wrong = noise.phone;
  if (random() < wrong.missing) return undefined;
  if (random() < wrong.made) return pick(['0000000000', '1234567890', '9999999999', 'NA'], random);
  if (random() < wrong.ofShop) return '+91 22 4567 8301';
  const number = random() < wrong.misdialled ? misdial(person.phone, random) : person.phone;
  const styles = [
    number,
    `+91${number}`,
    `0${number}`,
    `+91 ${number.slice(0, 5)} ${number.slice(5)}`,
  ];
  return pick(styles, random);
};

const onlineDetails = (person: Person, random: Random): Partial<CustomerRecord> => ({
  email: random() < noise.email.missing ? undefined : emailOf(person, random),
  ...(random() < noise.address.missing ? {} : addressOf(person, random)),
});

const shopDetails = (person: Person, random: Random): Partial<CustomerRecord> => ({
  cardToken: random() < 0.6 ? pick(person.cards, random) : undefined,
  email: random() < 0.2 ? emailOf(person, random) : undefined,
});

const emailOf = ({ email }: Person, random: Random): string => {
  const wrong = noise.email;
  if (random() < wrong.made)
    return pick(['test@test.com', 'na@na.com', 'noemail@gmail.com'], random);
  const [name = '', host = ''] = email.split('@');
  if (random() < wrong.mistyped) return `${mistype(name, random)}@${host}`;
  if (random() < wrong.tagged && host === 'gmail.com')
    return `${name.replace('.', '')}+shop@${host}`;
  return random() < 0.1 ? email.toUpperCase() : email;
};

const addressOf = ({ address, city, postcode }: Person, random: Random) => {
  const wrong = noise.address;
  const words = `${address}, ${city}`.replace('Road', random() < wrong.shortened ? 'Rd' : 'Road');
  const noisy = random() < wrong.mistyped ? mistype(words, random) : words;
  return { address: noisy, postcode: random() < 0.02 ? misdial(postcode, random) : postcode };
};
