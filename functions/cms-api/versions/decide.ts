import { earliestEffect } from '#shared/domain/time/clocks.ts';
import type { StoredVersion } from '#shared/stores/postgres/tenants/stored-version.ts';
import type { Beginning, Decision } from '#shared/stores/postgres/tenants/version-store.ts';
import { statusOf } from './document.ts';

/** From when and until when a version shall be in force; from as early as may be where it does not say. */
export type Wish = Readonly<{ validFrom?: Date | undefined; validUntil?: Date | undefined }>;

/** Why a version may not begin as was wished. */
export type ActivationRefusal = Readonly<
  | { reason: 'begins-too-early' | 'ends-too-early'; detail: string }
  | { reason: 'begun-differently' | 'begins-beside-another'; detail: string }
>;

type Situation = Readonly<{
  version: Pick<StoredVersion<unknown>, 'version' | 'validFrom' | 'validUntil' | 'replacedAt'>;
  others: readonly Beginning[];
  now: Date;
}>;

/**
 * Decides whether a version begins. What was wished before and wished again is no change; a beginning never moves, comes before
 * every function has heard of it or falls together with another's, so that no order which was judged is judged otherwise.
 */
export const decideActivation = (
  wish: Wish,
  { version, others, now }: Situation,
): Decision<ActivationRefusal> => {
  if (version.validFrom !== undefined) return decideAgain(wish, version, now);
  const earliest = earliestEffect(now);
  const { validFrom = earliest, validUntil } = wish;
  if (validFrom < earliest) {
    const detail = `validFrom: must be ${earliest.toISOString()} or later, so that every function has loaded it`;
    return refuse('begins-too-early', detail);
  }
  if (validUntil !== undefined && validUntil <= validFrom) {
    return refuse('ends-too-early', `validUntil: must be after ${validFrom.toISOString()}`);
  }
  const beside = others.find((other) => other.validFrom.getTime() === validFrom.getTime());
  if (beside !== undefined) {
    const detail = `Version ${beside.version} takes effect at ${validFrom.toISOString()} too`;
    return refuse('begins-beside-another', detail);
  }
  return { kind: 'begin', validFrom, validUntil };
};

const decideAgain = (
  wish: Wish,
  version: Situation['version'],
  now: Date,
): Decision<ActivationRefusal> => {
  const { validFrom, validUntil } = version;
  const beginsAlike =
    wish.validFrom === undefined ? isAsIfNow(version, now) : isSame(wish.validFrom, validFrom);
  if (beginsAlike && isSame(wish.validUntil, validUntil)) return { kind: 'unchanged' };
  const dates = [validFrom, validUntil].map((date) => date?.toISOString() ?? 'further notice');
  const detail = `Version ${version.version} was already activated from ${dates.join(' until ')}`;
  return refuse('begun-differently', detail);
};

/** Whether a version began, or will, as one does that is activated without a word of when. */
const isAsIfNow = (version: Situation['version'], now: Date): boolean => {
  const status = statusOf(version, now);
  if (status !== 'scheduled') return status === 'in-force';
  return version.validFrom !== undefined && version.validFrom <= earliestEffect(now);
};

const isSame = (one: Date | undefined, other: Date | undefined): boolean =>
  one?.getTime() === other?.getTime();

const refuse = (
  reason: ActivationRefusal['reason'],
  detail: string,
): Decision<ActivationRefusal> => ({ kind: 'refused', refusal: { reason, detail } });
