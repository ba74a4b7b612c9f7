import fc from 'fast-check';
import { Histogram, Registry, register } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { createBareHistogram } from './metrics.ts';

const about = { name: 'bare_seconds', help: 'What it counts' };
const buckets = [0.1, 0.5, 2];

afterEach(() => register.removeSingleMetric(about.name));

describe('createBareHistogram', () => {
  it('exposes what the histogram of prom-client exposes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(0, 0.05, 0.1, 0.3, 0.5, 1.25, 2, 2.5, 60)),
        async (values) => {
          const bare = createBareHistogram({ ...about, buckets });
          const registers = [new Registry()];
          const oracle = new Histogram({ ...about, buckets, registers });
          oracle.zero({});
          for (const value of values) {
            bare.observe(value);
            oracle.observe(value);
          }
          const shown = await register.getSingleMetricAsString(about.name);
          expect(shown).toBe(await registers[0]?.getSingleMetricAsString(about.name));
          register.removeSingleMetric(about.name);
        },
      ),
    );
  });
});
