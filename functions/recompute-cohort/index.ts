import { systemClock } from '#shared/runtime/host.ts';
import { serveRecomputations } from './serve-recomputations.ts';

await serveRecomputations({ main: import.meta.main, clock: systemClock });
