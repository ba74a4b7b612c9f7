import type { Bench } from '../../core/row.ts';
import type { Stores } from '../orders/paid-orders.ts';

/** A bench whose platform has its own database and cache. */
export const onStores = (bench: Bench, { databaseUrl, redisUrl }: Stores): Bench => ({
  ...bench,
  urlOf: (service) =>
    ({ postgres: databaseUrl, redis: redisUrl, kafka: bench.urlOf('kafka') })[service],
});
