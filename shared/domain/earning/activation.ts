import { earliestEffect } from '../time/clocks.ts';

/** A version of a program's rule or tiers, in time. Without `validFrom` it is a draft. */
export type Version = Readonly<{
  version: number;
  validFrom: Date | undefined;
  /** Of an earning rule: when it ends, unless a later version begins before. */
  validUntil: Date | undefined;
  /** When a later version begins in its place, as far as is known. */
  replacedAt: Date | undefined;
}>;

/**
 * The status of a version: not activated; scheduled; in effect; replaced by a later version; or
 * ended.
 */
export const versionStatuses = ['draft', 'scheduled', 'in-force', 'superseded', 'ended'] as const;

type VersionStatus = (typeof versionStatuses)[number];

/**
 * Returns the status of a version at an instant. One that had ended when the next began has ended.
 */
export const statusOf = (
  { validFrom, validUntil, replacedAt }: Omit<Version, 'version'>,
  now: Date,
): VersionStatus => {
  if (validFrom === undefined) return 'draft';
  if (validFrom > now) return 'scheduled';
  const endsMs = msOf(validUntil);
  const replacedMs = msOf(replacedAt);
  if (Math.min(endsMs, replacedMs) > now.getTime()) return 'in-force';
  return endsMs <= replacedMs ? 'ended' : 'superseded';
};

/** An instant that never comes is later than all others. */
const msOf = (instant: Date | undefined): number => instant?.getTime() ?? Number.POSITIVE_INFINITY;

/** When another version that could be in effect instead begins. */
export type Beginning = Readonly<{ version: number; validFrom: Date }>;

/**
 * From when until when a version should be in effect; as early as possible if no start is given.
 */
export type RequestedPeriod = Readonly<{
  validFrom?: Date | undefined;
  validUntil?: Date | undefined;
}>;

/** Why a version cannot take effect as requested. */
export type ActivationRefusal = Readonly<
  | { reason: 'begins-too-early' | 'ends-too-early'; detail: string }
  | { reason: 'begun-differently' | 'begins-beside-another'; detail: string }
  | { reason: 'orders-archived' | 'real-time-cohort'; detail: string }
>;

/** The decision about an activation: it takes effect, nothing changes, or it is refused. */
type Decision = Readonly<
  | { kind: 'begin'; validFrom: Date; validUntil: Date | undefined }
  | { kind: 'unchanged' }
  | { kind: 'refused'; refusal: ActivationRefusal }
>;

type Situation = Readonly<{ version: Version; others: readonly Beginning[]; now: Date }>;

/**
 * Decides whether a version is activated. Repeating a request changes nothing. A start never moves,
 * is never before every function can load the version, and never coincides with that of another
 * version, so a rated order keeps its rating.
 */
export const decideActivation = (
  requested: RequestedPeriod,
  { version, others, now }: Situation,
): Decision => {
  if (version.validFrom !== undefined) return decideAgain(requested, version, now);
  const earliest = earliestEffect(now);
  const { validFrom = earliest, validUntil } = requested;
  if (validFrom < earliest) {
    const detail = `validFrom: must be ${earliest.toISOString()} or later, so that every function can load it first`;
    return refuse('begins-too-early', detail);
  }
  if (validUntil !== undefined && validUntil <= validFrom) {
    return refuse('ends-too-early', `validUntil: must be after ${validFrom.toISOString()}`);
  }
  const simultaneous = others.find((other) => other.validFrom.getTime() === validFrom.getTime());
  if (simultaneous !== undefined) {
    const detail = `Version ${simultaneous.version} also takes effect at ${validFrom.toISOString()}`;
    return refuse('begins-beside-another', detail);
  }
  return { kind: 'begin', validFrom, validUntil };
};

const decideAgain = (requested: RequestedPeriod, version: Version, now: Date): Decision => {
  const { validFrom, validUntil } = version;
  const beginsAlike =
    requested.validFrom === undefined
      ? isAsIfNow(version, now)
      : isSame(requested.validFrom, validFrom);
  if (beginsAlike && isSame(requested.validUntil, validUntil)) return { kind: 'unchanged' };
  const dates = [validFrom, validUntil].map((date) => date?.toISOString() ?? 'further notice');
  const detail = `Version ${version.version} was already activated from ${dates.join(' until ')}`;
  return refuse('begun-differently', detail);
};

/** Whether a version has the dates that it gets if it is activated without dates. */
const isAsIfNow = (version: Version, now: Date): boolean => {
  const status = statusOf(version, now);
  if (status !== 'scheduled') return status === 'in-force';
  return version.validFrom !== undefined && version.validFrom <= earliestEffect(now);
};

const isSame = (one: Date | undefined, other: Date | undefined): boolean =>
  one?.getTime() === other?.getTime();

const refuse = (reason: ActivationRefusal['reason'], detail: string): Decision => ({
  kind: 'refused',
  refusal: { reason, detail },
});
