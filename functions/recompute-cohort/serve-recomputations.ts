import { kafkaPublisher } from '#shared/eventing/kafka/kafka-publisher.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { serveEvents } from '#shared/runtime/events/serve-events.ts';
import { type Clock, systemClock } from '#shared/runtime/host.ts';
import { createLogger } from '#shared/runtime/log.ts';
import { cohortWindows } from '#shared/stores/postgres/cohorts/cohort-windows.ts';
import { recomputations } from '#shared/stores/postgres/cohorts/recomputations.ts';
import { closePostgres, connectPool } from '#shared/stores/postgres/driver/connect-pool.ts';
import { exclusively } from '#shared/stores/postgres/driver/exclusively.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { cohortBitmaps } from '#shared/stores/redis/cohorts/cohort-bitmaps.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { shape } from './config.ts';
import { recomputeCohorts } from './handler.ts';
import { createRefreshBitmaps } from './refresh-bitmaps.ts';

const name = 'recompute-cohort';

type Options = Readonly<{
  /** `import.meta.main` of the file that is the process. */
  main: boolean;
  /** The clock for changes. Bitmaps are always built as of now. */
  clock: Clock;
}>;

/** Serves recompute-cohort with its stores, for the function and for benchmarks. */
export const serveRecomputations = async ({ main, clock }: Options): Promise<void> => {
  const config = readConfig(shape);
  const sql = connectPool(config);
  const redis = connectRedis(config.REDIS_URL);
  const log = createLogger(name);
  const publisher = kafkaPublisher({ brokers: config.KAFKA_BROKERS, clientId: name });
  await serveEvents({
    name,
    main,
    handlers: recomputeCohorts({
      recomputations: recomputations(sql),
      exclusively: (work) => exclusively(sql, `${name} changes`, work),
      refreshBitmaps: createRefreshBitmaps({
        windows: cohortWindows(sql),
        bitmaps: cohortBitmaps(redis),
        exclusively: (build) => exclusively(sql, `${name} bitmaps`, build),
        clock: systemClock,
        log,
      }),
      outbox: outbox(sql),
      publisher,
      clock,
      // The rest of the request is for the change that is being written when this time is over.
      runMsMax: config.REQUEST_SECONDS * 400,
      log,
    }),
    publisher,
    close: [() => closePostgres(sql), () => redis.quit()],
  });
};
