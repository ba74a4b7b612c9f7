import type { AuditedLadder } from './audited-program.ts';

/** What a customer earned and spent on the days before now, updated during the walk. */
export type DaySums = Map<string, Readonly<{ earned: bigint; spent: ReadonlyMap<string, bigint> }>>;

/** Goes through a customer's life day by day and knows the tier at every moment. */
export type TierWalk = Readonly<{
  /**
   * Advances to an instant and returns the multiplier of the tier at that time, in basis points:
   * that of the granted one if it is higher.
   */
  goTo: (atMs: number, on: string, granted?: string | null) => number;
  /** Looks again at what the ladder counts, after an order of a day. */
  countOrder: (on: string) => void;
}>;

const dayMs = 86_400_000;

const dayAfter = (day: string): string =>
  new Date(Date.parse(day) + dayMs).toISOString().slice(0, 10);

/** Where a walk starts: on a local date, with the tier of a version of the ladder. */
export type WalkStart = Readonly<{
  today: string;
  /** Versions that began until then are behind; absent: none is. */
  afterMs?: number | undefined;
  version?: number | undefined;
  tier?: string | undefined;
  /** When the tier is downgraded unless the metric recovers before. */
  fallsOn?: string | undefined;
}>;

/** Starts a walk, on the local date of the first order where nothing came before it. */
export const tierWalk = (
  ladders: readonly AuditedLadder[],
  sums: DaySums,
  start: WalkStart,
): TierWalk => {
  const { afterMs = Number.NEGATIVE_INFINITY } = start;
  const versions = ladders
    .filter(({ beginsMs }) => beginsMs > afterMs)
    .sort((a, b) => a.beginsMs - b.beginsMs || a.version - b.version);
  let ladder = ladders.find(({ version }) => version === start.version);
  let level = levelOf(ladder, start.tier);
  let nightsBelow = nightsBelowAt(start, ladder);
  let { today } = start;

  const threshold = () => BigInt(ladder?.terms.tiers[level - 1]?.threshold ?? 0);
  const deserved = (on: string) => (ladder ? deservedLevel(ladder, sums, on) : 0);

  const passNight = (): void => {
    if (ladder === undefined || level === 0 || ladder.terms.downgrade === 'never') return;
    nightsBelow = counted(ladder, sums, today) < threshold() ? nightsBelow + 1 : 0;
    if (nightsBelow <= ladder.terms.graceDays) return;
    level = ladder.terms.downgrade === 'one-level' ? level - 1 : deserved(today);
    // The night of a downgrade is the first night below the next tier.
    nightsBelow = counted(ladder, sums, today) < threshold() ? 1 : 0;
  };
  const passNights = (until: string): void => {
    while (today < until) {
      today = dayAfter(today);
      passNight();
    }
  };
  const stepOnto = (next: AuditedLadder): void => {
    const kept = levelOf(next, ladder?.terms.tiers[level - 1]?.name);
    ladder = next;
    level = Math.max(kept, deserved(next.beginsOn));
    nightsBelow = 0;
  };

  return {
    goTo: (atMs, on, granted) => {
      while (versions[0] !== undefined && versions[0].beginsMs <= atMs) {
        passNights(versions[0].dayBefore);
        stepOnto(versions[0]);
        versions.shift();
      }
      passNights(on);
      return multiplierBp(ladder, Math.max(level, levelOf(ladder, granted)));
    },
    countOrder: (on) => {
      if (deserved(on) > level) level = deserved(on);
      if (ladder !== undefined && counted(ladder, sums, on) >= threshold()) nightsBelow = 0;
    },
  };
};

const multiplierBp = (ladder: AuditedLadder | undefined, level: number): number =>
  ladder?.terms.tiers[level - 1]?.multiplierBp ?? 10_000;

const levelOf = (ladder: AuditedLadder | undefined, tier: string | null | undefined): number =>
  (ladder?.terms.tiers ?? []).findIndex(({ name }) => name === tier) + 1;

/** How many nights in a row there were below a tier that falls after as many as grace allows. */
const nightsBelowAt = (
  { today, fallsOn }: WalkStart,
  ladder: AuditedLadder | undefined,
): number => {
  if (ladder === undefined || fallsOn === undefined) return 0;
  const nightsLeft = (Date.parse(fallsOn) - Date.parse(today)) / dayMs;
  return ladder.terms.graceDays + 1 - nightsLeft;
};

const deservedLevel = (ladder: AuditedLadder, sums: DaySums, on: string): number =>
  ladder.terms.tiers.filter(({ threshold }) => counted(ladder, sums, on) >= BigInt(threshold))
    .length;

const counted = ({ terms }: AuditedLadder, sums: DaySums, on: string): bigint => {
  const since = windowStart(terms.window, on);
  let sum = 0n;
  for (const [day, { earned, spent }] of sums) {
    if (day >= since) sum += terms.metric === 'earned' ? earned : (spent.get(terms.currency) ?? 0n);
  }
  return sum;
};

const windowStart = (
  { kind, days = 0 }: AuditedLadder['terms']['window'],
  today: string,
): string => {
  if (kind === 'lifetime') return '';
  if (kind === 'calendar-year') return `${today.slice(0, 4)}-01-01`;
  return new Date(Date.parse(today) - (days - 1) * dayMs).toISOString().slice(0, 10);
};
