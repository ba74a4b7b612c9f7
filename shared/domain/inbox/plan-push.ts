import { localTimeOf } from '../time/local-time.ts';

/** A user's preferences for notifications. Hours are those of the user's time zone, 0 to 23. */
export type PushPreferences = Readonly<{
  /** Whether anything is sent to the user's devices. */
  isOn: boolean;
  /** From the first hour to before the last one, also over midnight; undefined: at any time. */
  quietHours?: Readonly<{ from: number; until: number; then: 'postpone' | 'drop' }> | undefined;
  timeZone: string;
  /** Maximum notifications per hour. */
  hourlyMax: number;
}>;

/** What a tenant sets for users who stored no preferences; hours are those of the tenant. */
export type PushDefaults = Omit<PushPreferences, 'timeZone'>;

/** The defaults if the tenant has set none. */
export const platformDefaults: PushDefaults = { isOn: true, hourlyMax: 10 };

/** What is stored about a user's notifications; null where nothing is. */
export type StoredPreferences = Readonly<{
  preferences: PushPreferences | null;
  /** Of the tenant. */
  defaults: PushDefaults | null;
  /** Of the tenant. */
  timeZone: string | null;
}>;

/** Preferences, and who set them. */
type EffectivePreferences = PushPreferences &
  Readonly<{ setBy: 'CUSTOMER' | 'TENANT' | 'PLATFORM' }>;

/**
 * The preferences that apply to a user: the user's own, all of them, or else those of the tenant,
 * or else ours.
 */
export const effectivePreferences = ({
  preferences,
  defaults,
  timeZone,
}: StoredPreferences): EffectivePreferences => {
  if (preferences !== null) return { ...preferences, setBy: 'CUSTOMER' };
  const setBy = defaults === null ? 'PLATFORM' : 'TENANT';
  return { ...(defaults ?? platformDefaults), timeZone: timeZone ?? 'UTC', setBy };
};

/** What happens to a notification now. */
export type PushPlan = Readonly<
  | { kind: 'send' }
  | { kind: 'postpone'; until: Date }
  | { kind: 'drop'; reason: 'off' | 'quiet-hours' | 'throttled' | 'too-late' }
>;

type Push = Readonly<{
  preferences: PushPreferences;
  now: Date;
  /** When the event that it is about happened. */
  occurredAt: Date;
  /** Notifications that the user was sent within the last hour. */
  sentLastHour: number;
}>;

/** For how long after its event a user is notified: the inbox has it longer. */
export const pushHours = 24;

/** Until when a user is notified of an event. */
export const pushEnd = (occurredAt: Date): Date =>
  new Date(occurredAt.getTime() + pushHours * hourMs);

const hourMs = 3_600_000;
const quarterMs = hourMs / 4;

/**
 * Decides about one notification: not after a day, nor against the preferences. In quiet hours it
 * is postponed to their end, or dropped, as the user prefers; beyond the hourly number it is
 * dropped. The inbox keeps the message in any case.
 */
export const planPush = ({ preferences, now, occurredAt, sentLastHour }: Push): PushPlan => {
  if (!preferences.isOn) return { kind: 'drop', reason: 'off' };
  if (now > pushEnd(occurredAt)) return { kind: 'drop', reason: 'too-late' };
  if (isQuiet(preferences, now))
    return preferences.quietHours?.then === 'postpone'
      ? { kind: 'postpone', until: endOfQuiet(preferences, now) }
      : { kind: 'drop', reason: 'quiet-hours' };
  return sentLastHour < preferences.hourlyMax
    ? { kind: 'send' }
    : { kind: 'drop', reason: 'throttled' };
};

const isQuiet = ({ quietHours, timeZone }: PushPreferences, at: Date): boolean => {
  if (quietHours === undefined) return false;
  const { from, until } = quietHours;
  const { hour } = localTimeOf(timeZone, at);
  return from <= until ? from <= hour && hour < until : hour >= from || hour < until;
};

/** Every zone is a whole number of quarters of an hour from UTC, so quiet hours end at one. */
const endOfQuiet = (preferences: PushPreferences, now: Date): Date => {
  let atMs = (Math.floor(now.getTime() / quarterMs) + 1) * quarterMs;
  const last = now.getTime() + 25 * hourMs;
  while (atMs < last && isQuiet(preferences, new Date(atMs))) atMs += quarterMs;
  return new Date(atMs);
};
