import { createTraffic } from '#shared/runtime/host.ts';

/** The traffic of this process: its metrics can be registered once. */
export const traffic = createTraffic();
