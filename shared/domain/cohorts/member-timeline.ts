/**
 * The effect of an action on its user's membership from an instant on, in milliseconds since 1970.
 * An action that adds the user does so until another instant, or without an end.
 */
export type CohortSignal = Readonly<{ eventId: string; at: number }> &
  Readonly<{ kind: 'add'; until: number | null } | { kind: 'remove' }>;

/**
 * What decides whether a user is a member: the newest signals in order. Older ones, up to the
 * horizon, are folded into the membership at the horizon, which counts as a signal without an id.
 */
export type MemberTimeline = Readonly<{ horizon: number | null; signals: readonly CohortSignal[] }>;

/** A membership from `since` until just before `until`, in milliseconds; null: no end. */
export type MemberPeriod = Readonly<{ since: number; until: number | null }>;

/** The signals of a user in a cohort that are kept. Their order of arrival does not matter. */
export const signalsMax = 64;

/**
 * Adds a signal. The result is the same for any order and any repetition of signals, as long as no
 * signal arrives after `signalsMax` later ones of the same user; one that does is `late` and
 * changes nothing.
 */
export const addSignal = (
  timeline: MemberTimeline,
  signal: CohortSignal,
): MemberTimeline | 'late' => {
  const { horizon, signals } = timeline;
  if (horizon !== null && signal.at <= horizon) return 'late';
  const known = signals.find(({ eventId }) => eventId === signal.eventId);
  const decisive = known === undefined ? signal : firstOf(known, signal);
  if (decisive === known) return timeline;
  const others = signals.filter((each) => each !== known);
  return fold({ horizon, signals: [...others, decisive].sort(byTime) });
};

/**
 * When a user is a member: each signal that adds the user, until it ends or the first signal that
 * removes the user at the same time or later. Periods that touch are one.
 */
export const periodsOf = (signals: readonly CohortSignal[]): readonly MemberPeriod[] => {
  const removals = signals.filter(({ kind }) => kind === 'remove').map(({ at }) => at);
  const periods: MemberPeriod[] = [];
  for (const signal of signals) {
    if (signal.kind === 'remove') continue;
    const removed = removals.find((at) => at >= signal.at) ?? null;
    const until = sooner(signal.until, removed);
    if (until === null || until > signal.at) append(periods, { since: signal.at, until });
  }
  return periods;
};

/** Appends a period that does not begin before the last one. */
const append = (periods: MemberPeriod[], { since, until }: MemberPeriod): void => {
  const last = periods.at(-1);
  if (last === undefined || (last.until !== null && last.until < since))
    periods.push({ since, until });
  else periods.splice(-1, 1, { since: last.since, until: later(last.until, until) });
};

/** Both in order of time; null is never. */
const sooner = (one: number | null, other: number | null): number | null => {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
};

const later = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? null : Math.max(one, other);

const byTime = (one: CohortSignal, other: CohortSignal): number => one.at - other.at;

/**
 * Picks one of two signals under one event id: a removal, or else the earlier, or else the shorter
 * one. Producers may send an event again, and one without a time then gets a later one.
 */
const firstOf = (known: CohortSignal, signal: CohortSignal): CohortSignal => {
  if (known.kind !== signal.kind) return known.kind === 'remove' ? known : signal;
  if (known.at !== signal.at) return known.at < signal.at ? known : signal;
  return endOf(signal) < endOf(known) ? signal : known;
};

const endOf = (signal: CohortSignal): number =>
  signal.kind === 'add' && signal.until !== null ? signal.until : Number.POSITIVE_INFINITY;

/** Keeps no more signals than `signalsMax`: the oldest become the membership at the horizon. */
const fold = (timeline: MemberTimeline): MemberTimeline => {
  const { signals } = timeline;
  const horizon = signals[signals.length - signalsMax]?.at;
  if (signals.length <= signalsMax || horizon === undefined) return timeline;
  const old = signals.filter(({ at }) => at <= horizon);
  const current = periodsOf(old).find(
    ({ since, until }) => since <= horizon && (until === null || until > horizon),
  );
  const base: readonly CohortSignal[] =
    current === undefined
      ? []
      : [{ eventId: '', at: current.since, kind: 'add', until: current.until }];
  return { horizon, signals: [...base, ...signals.filter(({ at }) => at > horizon)] };
};
