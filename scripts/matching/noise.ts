type Random = () => number;

const letters = Array.from('abcdefghijklmnopqrstuvwxyz');

export const pick = <Item>(items: readonly Item[], random: Random): Item =>
  items[Math.floor(random() * items.length)] as Item;

export const digits = (count: number, random: Random): string =>
  Array.from({ length: count }, () => Math.floor(random() * 10)).join('');

/** One typing error: a letter too many, too few, wrong, or two swapped. The first letter stays. */
export const mistype = (text: string, random: Random): string => {
  if (text.length < 3) return text;
  const at = 1 + Math.floor(random() * (text.length - 2));
  const [before, here, after] = [text.slice(0, at), text[at] ?? '', text.slice(at + 1)];
  const kinds = [
    () => before + here + pick(letters, random) + after,
    () => before + after,
    () => before + pick(letters, random) + after,
    () => before + (after[0] ?? '') + here + after.slice(1),
  ];
  return pick(kinds, random)();
};

/** One digit replaced by another. */
export const misdial = (number: string, random: Random): string => {
  const at = Math.floor(random() * number.length);
  const wrong = (Number(number[at]) + 1 + Math.floor(random() * 9)) % 10;
  return `${number.slice(0, at)}${wrong}${number.slice(at + 1)}`;
};

const respellings: readonly (readonly [string, string])[] = [
  ...[['ee', 'i'] as const, ['oo', 'u'] as const, ['sh', 's'] as const, ['v', 'w'] as const],
  ...[['ks', 'x'] as const, ['th', 't'] as const, ['ph', 'f'] as const, ['i', 'ee'] as const],
  ...[['w', 'v'] as const, ['dh', 'd'] as const, ['u', 'oo'] as const, ['bh', 'b'] as const],
];

/** The name in another usual spelling, where one is known: Deepak, Dipak. */
export const respell = (name: string, random: Random): string => {
  const known = respellings.filter(([from]) => name.indexOf(from) > 0);
  if (known.length === 0) return name;
  const [from, to] = pick(known, random);
  const at = name.indexOf(from, 1);
  return name.slice(0, at) + to + name.slice(at + from.length);
};
