/**
 * recompute-cohort, whose changes are made as of hours ago: they take effect minutes to hours
 * ahead, for which no benchmark waits. Bitmaps are those of now.
 */
import { serveRecomputations } from '#functions/recompute-cohort/serve-recomputations.ts';

const behindMs = 4 * 3_600_000;

await serveRecomputations({
  main: import.meta.main,
  clock: () => new Date(Date.now() - behindMs),
});
