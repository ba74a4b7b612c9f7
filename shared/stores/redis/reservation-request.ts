import type { Countable } from '#shared/domain/limits/limit-claim.ts';
import { Places } from './places.ts';

/** Incentives of one tenant as the scripts reserve them: listed for their user, and added up for what they have in common. */
export type ReservationRequest = Readonly<{
  users: readonly string[];
  /** Per user what is reserved, in order. */
  lists: readonly string[];
  /** What is added up: a subject for the count, and with a unit for the amount. */
  sums: readonly string[];
  /** Per sum how much they add together; as text, so that a script can store it as it is. */
  adds: readonly string[];
  rows: readonly ReservationRow[];
  /** The place of a sum; without a unit, of the count. */
  sumOf: (subject: string, unit?: string) => number;
}>;

/** The place of its user, what it gives, and the place of each of its sums followed by what it adds. */
export type ReservationRow = readonly [user: number, amount: number, added: readonly number[]];

/** Encodes incentives whose ids are all different. */
export const reservationRequest = (incentives: readonly Countable[]): ReservationRequest => {
  const users = new Places();
  const lists: string[] = [];
  const sums = new Sums();
  const rows = incentives.map(({ incentiveId, amount, subjects }): ReservationRow => {
    const { value, unit } = amount ?? { value: 0, unit: undefined };
    const user = users.placeOf(subjects.USER);
    const reservation = `${incentiveId} ${subjects.CAMPAIGN} ${value} ${unit ?? '-'};`;
    lists[user - 1] = (lists[user - 1] ?? '') + reservation;
    const added = [
      ...sums.add(subjects.GLOBAL, { value, unit }),
      ...sums.add(subjects.CAMPAIGN, { value, unit }),
    ];
    return [user, value, added];
  });
  const { names, added, placeOf } = sums;
  return { users: users.all(), lists, sums: names, adds: added.map(String), rows, sumOf: placeOf };
};

type Amount = Readonly<{ value: number; unit: string | undefined }>;

class Sums {
  readonly names: string[] = [];
  readonly added: number[] = [];
  private readonly counts = new Map<string, number>();
  private readonly amounts = new Map<string, Map<string, number>>();

  /** Adds one incentive of a subject and returns its sums, each with what was added. */
  add(subject: string, { value, unit }: Amount): readonly number[] {
    const count = this.placeOf(subject);
    this.added[count - 1] = (this.added[count - 1] ?? 0) + 1;
    if (unit === undefined) return [count, 1];
    const amount = this.placeOf(subject, unit);
    this.added[amount - 1] = (this.added[amount - 1] ?? 0) + value;
    return [count, 1, amount, value];
  }

  readonly placeOf = (subject: string, unit?: string): number => {
    const places = unit === undefined ? this.counts : this.amountsIn(unit);
    const known = places.get(subject);
    if (known !== undefined) return known;
    const place = this.names.push(unit === undefined ? subject : `${subject} ${unit}`);
    places.set(subject, place);
    return place;
  };

  private amountsIn(unit: string): Map<string, number> {
    const known = this.amounts.get(unit);
    if (known !== undefined) return known;
    const places = new Map<string, number>();
    this.amounts.set(unit, places);
    return places;
  }
}
