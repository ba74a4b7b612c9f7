import { kafkaPublisher } from '#shared/eventing/kafka-publisher.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { serveEvents } from '#shared/runtime/events/serve-events.ts';
import { createLogger } from '#shared/runtime/log.ts';
import { recomputations } from '#shared/stores/postgres/cohorts/recomputations.ts';
import { closePostgres, connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { exclusively } from '#shared/stores/postgres/driver/exclusively.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { shape } from './config.ts';
import { recomputeCohorts } from './handler.ts';

const name = 'recompute-cohort';
const config = readConfig(shape);
const sql = connectPostgres({
  url: config.DATABASE_URL,
  max: config.DATABASE_POOL_MAX,
  requestMs: config.REQUEST_SECONDS * 1000,
});
const publisher = kafkaPublisher({ brokers: config.KAFKA_BROKERS, clientId: name });

await serveEvents({
  name,
  main: import.meta.main,
  handlers: recomputeCohorts({
    recomputations: recomputations(sql),
    exclusively: (work) => exclusively(sql, name, work),
    outbox: outbox(sql),
    publisher,
    clock: systemClock,
    // The rest of the request is for the change that is being written when this time is over.
    runMsMax: config.REQUEST_SECONDS * 400,
    log: createLogger(name),
  }),
  publisher,
  close: [() => closePostgres(sql)],
});
