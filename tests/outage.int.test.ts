/**
 * Postgres is unavailable for longer than the retries last. Retries and resends are 60 times faster
 * than in the manifests, so that an hour fits into a minute. The outage ends when records have
 * failed often enough, not after a fixed time.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lettersLeft } from '#scripts/platform/topics/letters-left.ts';
import { readTopic } from '#scripts/platform/topics/read-topic.ts';
import { toDeadLetter } from '#shared/eventing/dead-letters/dead-letter.ts';
import { hasKafka } from '#shared/testing/servers/servers.ts';
import { outageOf } from './weather/outage.ts';
import {
  checkedByRounds,
  playRound,
  startWeatherWorld,
  type WeatherWorld,
} from './weather/play-round.ts';

/** Longer than the waits in a test, so that one that times out reports what it waited for. */
const timeout = 900_000;

describe.skipIf(!hasKafka())('an hour without Postgres', { timeout }, () => {
  let world: WeatherWorld;
  beforeAll(async () => {
    world = await startWeatherWorld({
      name: `outage-${process.pid}`,
      report: () => undefined,
      timeFactor: 60,
      services: checkedByRounds,
    });
  });
  afterAll(() => world.stop());

  it('loses and doubles nothing, and leaves dead letters only of refused records', async () => {
    const { platform } = world;
    const strikes = [outageOf(platform, { resends: 2 })];
    expect(await playRound(world, { seed: 7, strikes, share: 1 / 4 })).toEqual([]);
    const left = await lettersLeft(platform.brokers);
    expect(left.filter(({ state }) => state !== 'refused')).toEqual([]);
    const letters = (await readTopic(platform.brokers, 'dead-letters')).map(toDeadLetter);
    expect(letters.filter(({ resends }) => resends >= 2)).not.toEqual([]);
  });
});
