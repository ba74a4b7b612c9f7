/**
 * The platform end to end, over the same paths as in production; one platform is started for all of
 * these tests.
 */
import { afterAll, beforeAll, describe } from 'vitest';
import { type Platform, startPlatform } from '#scripts/platform/start-platform.ts';
import { hasKafka } from '#shared/testing/servers/servers.ts';
import { campaigns } from './campaigns.ts';
import { missingRecords } from './missing-records.ts';
import { rewardEngine } from './rewards.ts';

describe.skipIf(!hasKafka())('the platform', { timeout: 90_000 }, () => {
  let platform: Platform;
  beforeAll(async () => {
    const name = `platform-${process.pid}`;
    platform = await startPlatform({
      name,
      temporary: true,
      isDurable: false,
      report: () => undefined,
    });
  });
  afterAll(() => platform.stop());

  describe('the reward engine', () => rewardEngine(() => platform));
  describe('campaigns', () => campaigns(() => platform));
  describe('lost records', () => missingRecords(() => platform));
});
