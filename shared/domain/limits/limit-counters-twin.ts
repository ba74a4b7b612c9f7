import { admit } from './admit.ts';
import { demandsOf, usedOf } from './demand.ts';
import type { Countable, LimitClaim } from './limit-claim.ts';
import type { Reservation } from './reservation.ts';
import { noUsage, type Usage } from './usage.ts';

type Usages = ReadonlyMap<string, Usage>;

/**
 * What the counters of a tenant's limits mean, in plain maps: the twin of the Redis scripts. A test takes both through the same random claims,
 * settlements and losses and compares every answer.
 */
export class LimitCountersTwin {
  private readonly committed = new Map<string, Usage>();
  /** What is reserved since the span of now began, and in the span before. */
  private reserved = new Map<string, Countable>();
  private reservedBefore = new Map<string, Countable>();

  /** check-and-reserve: one claim after the other, each whole or not at all; nothing where no claim has caps. */
  reserve(claims: readonly LimitClaim[]): readonly Reservation[] {
    const isCapped = claims.some(({ caps }) => caps.length > 0);
    return claims.map((claim) => (isCapped ? this.reserveOne(claim) : { kind: 'reserved' }));
  }

  /** load-counters: an older version never overwrites a newer one. */
  load(usages: Usages): void {
    for (const [subject, usage] of usages) {
      const { version } = this.committed.get(subject) ?? { version: -1 };
      if (version < usage.version) this.committed.set(subject, usage);
    }
  }

  /** settle-limits: of what changed with claims, only what their caps ask and is there is set. */
  settle(claims: readonly LimitClaim[], usages: Usages): void {
    const asked = new Set(claims.flatMap(({ caps }) => caps.map(({ subject }) => subject)));
    const isSet = (subject: string) =>
      claims.length === 0 || (asked.has(subject) && this.committed.has(subject));
    this.load(new Map([...usages].filter(([subject]) => isSet(subject))));
    for (const { incentiveId } of claims) {
      this.reserved.delete(incentiveId);
      this.reservedBefore.delete(incentiveId);
    }
  }

  /** A span of time ends: what was reserved in the one before is forgotten. */
  passSpan(): void {
    this.reservedBefore = this.reserved;
    this.reserved = new Map();
  }

  /** A counter is forgotten. */
  forget(subject: string): void {
    this.committed.delete(subject);
  }

  /** FLUSHALL. */
  flush(): void {
    this.committed.clear();
    this.reserved.clear();
    this.reservedBefore.clear();
  }

  /** What is known to be committed. */
  known(): Usages {
    return this.committed;
  }

  /** How much of a measure is reserved of a subject. */
  heldOf(subject: string, measure: string): number {
    return [...this.reserved.values(), ...this.reservedBefore.values()]
      .filter(({ subjects }) => Object.values(subjects).includes(subject))
      .reduce((held, { amount }) => {
        if (measure === 'count') return held + 1;
        return amount?.unit === measure ? held + amount.value : held;
      }, 0);
  }

  private reserveOne(claim: LimitClaim): Reservation {
    const { incentiveId, caps } = claim;
    if (this.reserved.has(incentiveId) || this.reservedBefore.has(incentiveId))
      return { kind: 'reserved' };
    const cold = new Set(
      caps.map(({ subject }) => subject).filter((own) => !this.committed.has(own)),
    );
    if (cold.size > 0) return { kind: 'cold', subjects: [...cold] };
    const admission = admit(this.committed, claim);
    if (admission.kind === 'refused') return admission;
    if (!this.hasRoom(claim)) return { kind: 'contended' };
    this.reserved.set(incentiveId, claim);
    return { kind: 'reserved' };
  }

  /** Whether every cap has room beside what is reserved; of any day, because it will soon be committed or forgotten. */
  private hasRoom(claim: LimitClaim): boolean {
    return claim.caps.every((own) =>
      demandsOf(own, claim).every((demand) => {
        const usage = this.committed.get(own.subject) ?? noUsage;
        const held = this.heldOf(own.subject, demand.measure);
        return usedOf(usage, demand) + held + demand.asked <= demand.max;
      }),
    );
  }
}
