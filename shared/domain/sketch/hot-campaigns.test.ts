import { describe, expect, it } from 'vitest';
import { hasCooled, isHot } from './hot-campaigns.ts';
import { bucketOf, bucketStart, endedBucket } from './window-bucket.ts';

const terms = { threshold: 100, hysteresis: 0.5 };

describe('windows', () => {
  it('are numbered from the epoch, and have ended when they have by every clock', () => {
    const noon = new Date('2026-11-21T12:00:00Z');
    const bucket = bucketOf(noon, 600);
    expect(bucketStart(bucket, 600)).toEqual(noon);
    expect(bucketOf(new Date(noon.getTime() - 1), 600)).toBe(bucket - 1);
    expect(endedBucket(noon, 600)).toBe(bucket - 2);
    expect(endedBucket(new Date(noon.getTime() + 180_000), 600)).toBe(bucket - 1);
  });
});

describe('a campaign', () => {
  it('is hot from the threshold on', () => {
    expect([99, 100].map((hits) => isHot(hits, terms))).toEqual([false, true]);
  });

  it('cools after a whole window with less than the share of the threshold', () => {
    expect(hasCooled({ heatedIn: 7, ended: 49, underWay: 0 }, 7, terms)).toBe(true);
    expect(hasCooled({ heatedIn: 7, ended: 50, underWay: 0 }, 7, terms)).toBe(false);
    expect(hasCooled({ heatedIn: 7, ended: 49, underWay: 50 }, 7, terms)).toBe(false);
    expect(hasCooled({ heatedIn: 8, ended: 0, underWay: 0 }, 7, terms)).toBe(false);
  });
});
