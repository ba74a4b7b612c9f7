/**
 * The platform behind bad networks: whatever was acknowledged is in Kafka and in the ledger,
 * exactly once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasKafka } from '#shared/testing/servers/servers.ts';
import { playRound, startWeatherWorld, type WeatherWorld } from './weather/play-round.ts';

/** Longer than the waits in a test, so that one that times out reports what it waited for. */
const timeout = 600_000;

describe.skipIf(!hasKafka())('in bad weather', { timeout }, () => {
  let world: WeatherWorld;
  beforeAll(async () => {
    world = await startWeatherWorld({
      name: `weather-${process.pid}`,
      report: () => undefined,
    });
  });
  afterAll(() => world.stop());

  it('200 reset connections lose and double nothing', async () => {
    const networks = Object.values(world.platform.networks);
    let resets = 0;
    const strike = async () => {
      for (const network of networks) network.delay(3);
      while (resets < 200) {
        await sleep(20);
        for (const network of networks) resets += network.reset();
      }
      for (const network of networks) network.restore();
    };
    expect(await playRound(world, { seed: 1, strikes: [{ what: 'resets', strike }] })).toEqual([]);
  });

  it('recovers by itself after each network swallowed everything', async () => {
    const strike = async () => {
      for (const network of Object.values(world.platform.networks)) {
        network.blackHole();
        await sleep(1_000);
        network.restore();
      }
    };
    const strikes = [{ what: 'a silent cut', strike }];
    expect(await playRound(world, { seed: 2, strikes })).toEqual([]);
  });

  /**
   * Lost responses of Kafka and Postgres, a slow drip, kill -9 of evaluate-campaign and of
   * Postgres; `npm run faults` runs other seeds.
   */
  it('the round of seed 55968 loses and doubles nothing', async () => {
    expect(await playRound(world, { seed: 55_968 })).toEqual([]);
  });
});
