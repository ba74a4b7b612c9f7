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
  /** Sums that an incentive adds to: places of counts, and of amounts. */
  kinds: readonly Kind[];
  rows: readonly ReservationRow[];
  /** The place of a sum; without a unit, of the count. */
  sumOf: (subject: string, unit?: string) => number;
}>;

type Kind = readonly [counts: readonly number[], amounts: readonly number[]];

/** The place of its user, what it gives, and the place of its kind. */
type ReservationRow = readonly [user: number, amount: number, kind: number];

/** Encodes incentives whose ids are all different. */
export const reservationRequest = (incentives: readonly Countable[]): ReservationRequest => {
  const users = new Places();
  const lists: string[] = [];
  const sums = new Sums();
  const rows = incentives.map(({ incentiveId, amount, subjects }): ReservationRow => {
    const { value, unit } = amount ?? { value: 0, unit: undefined };
    const user = users.placeOf(subjects.USER);
    const reservation = `${incentiveId} ${campaignMark(subjects.CAMPAIGN)} ${value} ${unit ?? '-'};`;
    lists[user - 1] = (lists[user - 1] ?? '') + reservation;
    return [user, value, sums.add(subjects, value, unit)];
  });
  return {
    users: users.all(),
    lists,
    sums: sums.names,
    adds: sums.added.map(String),
    kinds: sums.kinds,
    rows,
    sumOf: sums.placeOf,
  };
};

/**
 * Enough of a campaign to tell it from others that the same user has reservations of: what is taken for another's by chance is contended, and no more.
 */
export const campaignMark = (subject: string): string =>
  subject.slice('campaign:'.length, 'campaign:'.length + 8);

class Sums {
  readonly names: string[] = [];
  readonly added: number[] = [];
  readonly kinds: Kind[] = [];
  private readonly kindPlaces = new Map<string, Map<string, number>>();
  private readonly places = new Map<string, number>();

  /** Adds one incentive and returns the place of its kind. */
  add({ GLOBAL, CAMPAIGN }: Countable['subjects'], value: number, unit = ''): number {
    const place = this.kindOf([GLOBAL, CAMPAIGN], unit);
    const [counts, amounts] = this.kinds[place - 1] ?? [[], []];
    for (const sum of counts) this.added[sum - 1] = (this.added[sum - 1] ?? 0) + 1;
    for (const sum of amounts) this.added[sum - 1] = (this.added[sum - 1] ?? 0) + value;
    return place;
  }

  readonly placeOf = (subject: string, unit = ''): number => {
    const name = unit === '' ? subject : `${subject} ${unit}`;
    const known = this.places.get(name);
    if (known !== undefined) return known;
    this.places.set(name, this.names.push(name));
    return this.names.length;
  };

  private kindOf(subjects: readonly [string, string], unit: string): number {
    const ofCampaign = this.kindPlaces.get(subjects[1]) ?? new Map<string, number>();
    this.kindPlaces.set(subjects[1], ofCampaign);
    const known = ofCampaign.get(unit);
    if (known !== undefined) return known;
    const counts = subjects.map((subject) => this.placeOf(subject));
    const amounts = unit === '' ? [] : subjects.map((subject) => this.placeOf(subject, unit));
    const place = this.kinds.push([counts, amounts]);
    ofCampaign.set(unit, place);
    return place;
  }
}
