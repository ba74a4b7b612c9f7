import type { RefundPolicy } from '../earning/rating/earning-rule.ts';
import type { Lot } from './lot.ts';

/** Points to put into a lot, or to take out where they are negative. */
export type LotMove = Readonly<{ lot: Lot; points: number }>;

/** The id of every customer's everlasting lot: the nil UUID. */
export const everlastingLotId = '00000000-0000-0000-0000-000000000000';

/**
 * Usable lots in the order in which they are spent: earliest expiry first, the everlasting lot
 * last.
 */
export const usableLots = (lots: readonly Lot[], now: Date): readonly Lot[] =>
  lots
    .filter(
      ({ account, expiresAt }) =>
        account === 'available' && (expiresAt === undefined || expiresAt > now),
    )
    .toSorted(byExpiry);

const byExpiry = (one: Lot, other: Lot): number =>
  (one.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY) -
    (other.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY) || (one.lotId < other.lotId ? -1 : 1);

const free = ({ points, reserved }: Lot): number => points - reserved;

/** How many points can be spent now: those neither reserved nor expired, less what is owed. */
export const spendable = (lots: readonly Lot[], now: Date): number =>
  usableLots(lots, now).reduce((sum, lot) => sum + free(lot), 0);

/**
 * Which lots give `points`, earliest expiry first, as negative moves; undefined when there are not
 * so many to spend.
 */
export const burn = (
  lots: readonly Lot[],
  { points, now }: Readonly<{ points: number; now: Date }>,
): readonly LotMove[] | undefined =>
  points > spendable(lots, now) ? undefined : takeFrom(usableLots(lots, now), points);

/** A lot that points are taken back from or paid into again; `points` is what is taken, or 0. */
export type LotDebit = Readonly<{ lotId: string; points: number }>;

/** Whether lots can give all that is debited from each of them, so that no other lot matters. */
export const canGive = (
  lots: readonly Lot[],
  { debits, now }: Readonly<{ debits: readonly LotDebit[]; now: Date }>,
): boolean => {
  const open = [...lots.filter(({ account }) => account === 'pending'), ...usableLots(lots, now)];
  return debits.every(({ lotId, points }) => {
    const own = takeFrom(
      open.filter((lot) => lot.lotId === lotId),
      points,
    );
    return lotId !== everlastingLotId && takenBy(own) === points;
  });
};

/** Takes up to `points` from lots, in their order; what they do not hold is not taken. */
const takeFrom = (lots: readonly Lot[], points: number): readonly LotMove[] => {
  let left = points;
  return lots.flatMap((lot) => {
    const taken = Math.min(left, Math.max(0, free(lot)));
    left -= taken;
    return taken === 0 ? [] : [{ lot, points: -taken }];
  });
};

const takenBy = (moves: readonly LotMove[]): number =>
  moves.reduce((sum, { points }) => sum - points, 0);

/** Points that were paid in excess. */
type Overpayment = Readonly<{
  /** The lot that the points were once paid into. */
  lotId: string;
  points: number;
  policy: RefundPolicy;
  now: Date;
}>;

/**
 * The result of taking points back: from which lots, and how many are written off because they were
 * spent or had expired.
 */
export type Recovery = Readonly<{
  moves: readonly LotMove[];
  expired: number;
  writtenOff: number;
}>;

/**
 * Recovers an overpayment: first from the lot that it was paid into, pending before available;
 * then, unless the points expired there, from the other lots, earliest expiry first; the policy
 * decides about the rest. moves, expired and writtenOff add up to the overpayment.
 */
export const recoverPoints = (
  lots: readonly Lot[],
  { lotId, points, policy, now }: Overpayment,
): Recovery => {
  const own = lots.filter((lot) => lot.lotId === lotId);
  const pending = takeFrom(
    own.filter(({ account }) => account === 'pending'),
    points,
  );
  let left = points - takenBy(pending);
  if (policy === 'only-pending') return { moves: pending, expired: 0, writtenOff: left };

  const usable = usableLots(lots, now);
  const first = takeFrom(
    usable.filter((lot) => lot.lotId === lotId),
    left,
  );
  left -= takenBy(first);
  const expired = Math.min(
    left,
    own.reduce((sum, { expired }) => sum + expired, 0),
  );
  left -= expired;
  const others = takeFrom(
    usable.filter((lot) => lot.lotId !== lotId),
    left,
  );
  left -= takenBy(others);
  const moves = [...pending, ...first, ...others];
  if (policy === 'within-balance' || left === 0) return { moves, expired, writtenOff: left };
  return { moves: owe(moves, { lots, points: left }), expired, writtenOff: 0 };
};

/** Missing points are owed by the everlasting lot. */
const owe = (
  moves: readonly LotMove[],
  { lots, points }: Readonly<{ lots: readonly Lot[]; points: number }>,
): readonly LotMove[] => {
  const everlasting = lots.find(({ lotId }) => lotId === everlastingLotId) ?? emptyEverlastingLot;
  const already = moves.find(({ lot }) => lot.lotId === everlastingLotId);
  const owed = { lot: everlasting, points: (already?.points ?? 0) - points };
  return [...moves.filter((move) => move !== already), owed];
};

/** An everlasting lot that holds nothing. */
export const emptyEverlastingLot: Lot = {
  lotId: everlastingLotId,
  account: 'available',
  points: 0,
  reserved: 0,
  expired: 0,
};

/**
 * What happens to a lot that reaches its date: its unreserved points first pay what the customer
 * owes, the rest expires.
 */
export type Closing = Readonly<{ settled: number; expired: number }>;

/** Closes a lot; reserved points stay in it until their reservation ends. */
export const closeLot = (lots: readonly Lot[], lot: Lot): Closing => {
  const owed = Math.max(0, -(lots.find(({ lotId }) => lotId === everlastingLotId)?.points ?? 0));
  const points = Math.max(0, free(lot));
  const settled = Math.min(owed, points);
  return { settled, expired: points - settled };
};

/** The lots after moves between them, and after expired points were written off. */
export const withMoves = (
  lots: readonly Lot[],
  {
    lotId,
    moves,
    expired,
  }: Readonly<{ lotId: string; moves: readonly LotMove[]; expired: number }>,
): readonly Lot[] => {
  const change = (lot: Lot): Lot => {
    const move = moves.find((made) => isSame(made.lot, lot));
    const forgiven = lot.lotId === lotId && lot.account === 'available' ? expired : 0;
    return { ...lot, points: lot.points + (move?.points ?? 0), expired: lot.expired - forgiven };
  };
  const created = moves.filter(({ lot }) => !lots.some((known) => isSame(known, lot)));
  return [...lots, ...created.map(({ lot }) => lot)].map(change);
};

const isSame = (one: Lot, other: Lot): boolean =>
  one.lotId === other.lotId && one.account === other.account;
