/**
 * The minimum tier of an account for a period, because other accounts of the same customer reach
 * it.
 */
export type TierGrant = Readonly<{
  tier: string;
  since: Date;
  /** Just after its last instant; undefined: it does not end. */
  until: Date | undefined;
}>;

/**
 * Returns grants in which new ones replace all from an instant on. Grants are in the order of time,
 * and those before the instant stay.
 */
export const regrant = (
  grants: readonly TierGrant[],
  following: readonly TierGrant[],
  from: Date,
): readonly TierGrant[] => {
  const earlier = grants
    .filter(({ since }) => since < from)
    .map((grant) => (isOver(grant, from) ? grant : { ...grant, until: from }));
  const later = following
    .filter((grant) => !isOver(grant, from))
    .map((grant) => (grant.since < from ? { ...grant, since: from } : grant));
  const [last, next] = [earlier.at(-1), later[0]];
  if (last === undefined || next === undefined || !continues(last, next))
    return [...earlier, ...later];
  return [...earlier.slice(0, -1), { ...next, since: last.since }, ...later.slice(1)];
};

const continues = (last: TierGrant, next: TierGrant): boolean =>
  last.tier === next.tier && isSame(last.until, next.since);

/** Whether two grants are the same. */
export const isSameGrant = (one: TierGrant, other: TierGrant): boolean =>
  one.tier === other.tier && isSame(one.since, other.since) && isSame(one.until, other.until);

const isOver = ({ until }: TierGrant, at: Date): boolean => until !== undefined && until <= at;

const isSame = (one: Date | undefined, other: Date | undefined): boolean =>
  one?.getTime() === other?.getTime();
