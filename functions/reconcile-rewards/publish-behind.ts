import type { Gauge } from 'prom-client';
import type { Fact } from '#shared/eventing/fact.ts';
import type { Publisher } from '#shared/eventing/publisher.ts';
import { publishFacts } from '#shared/runtime/publish-facts.ts';

type Behind<Left> = Readonly<{
  publisher: Pick<Publisher, 'publish'>;
  /** What was left for longer than `ageMs`, oldest first. */
  next: (ageMs: number, factsMax: number) => Promise<readonly Left[]>;
  factOf: (left: Left) => Fact;
  /** Notes that it is out. */
  done: (left: readonly Left[]) => Promise<void>;
  /** Shows how much was found. */
  found: Gauge;
}>;

/** Who commits a fact publishes it within the request, which takes no longer than its timeout. */
const overdueMs = 60_000;

/** Facts of one send, a few hundred bytes each. */
const factsMax = 500;

/** Bounds a run; the next one goes on. */
const sendsMax = 40;

/** Publishes what was left behind, at least once each, oldest first. */
export const publishBehind = async <Left>(behind: Behind<Left>): Promise<void> => {
  const { publisher, next, factOf, done, found } = behind;
  found.set(0);
  for (let send = 0; send < sendsMax; send += 1) {
    const left = await next(overdueMs, factsMax);
    if (left.length === 0) return;
    found.inc(left.length);
    const facts = left.map(factOf);
    const { unpublished } = await publishFacts(publisher, facts);
    if (unpublished[0] !== undefined) throw unpublished[0].error;
    await done(left);
  }
};
