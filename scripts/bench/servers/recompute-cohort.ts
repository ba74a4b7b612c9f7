/**
 * recompute-cohort with a clock hours ago: its changes take effect minutes to hours later, for
 * which no benchmark waits. Bitmaps are built as of now.
 */
import { serveRecomputations } from '#functions/recompute-cohort/serve-recomputations.ts';

const behindMs = 4 * 3_600_000;

await serveRecomputations({
  main: import.meta.main,
  clock: () => new Date(Date.now() - behindMs),
});
