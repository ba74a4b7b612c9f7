import { avroDecoder } from '#shared/eventing/avro/avro-decoder.ts';
import { incentiveEncoder } from '#shared/eventing/avro/incentive-encoder.ts';
import { kafkaPublisher } from '#shared/eventing/kafka/kafka-publisher.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { serveEvents } from '#shared/runtime/events/serve-events.ts';
import { createLogger } from '#shared/runtime/log.ts';
import { overAfter } from '#shared/runtime/over-after.ts';
import { completeErasure } from '#shared/stores/erase-person.ts';
import { auditPosition } from '#shared/stores/postgres/audit/audit-position.ts';
import { incrementalAudit } from '#shared/stores/postgres/audit/incremental-audit.ts';
import { snapshotEntries, sumWallets } from '#shared/stores/postgres/audit/sum-wallets.ts';
import { replicationSlots } from '#shared/stores/postgres/changes/replication-slots.ts';
import { closePostgres, connectPool } from '#shared/stores/postgres/driver/connect-pool.ts';
import { exclusively } from '#shared/stores/postgres/driver/exclusively.ts';
import { incentiveLog } from '#shared/stores/postgres/incentives/incentive-log.ts';
import { idempotentRequests } from '#shared/stores/postgres/journal/idempotent-requests.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { refusedEvents } from '#shared/stores/postgres/journal/refused-events.ts';
import { sealLedger } from '#shared/stores/postgres/ledger/chain/ledger-chain.ts';
import { comparisonPosition } from '#shared/stores/postgres/ledger/comparison-position.ts';
import { currentBalances } from '#shared/stores/postgres/ledger/current-balances.ts';
import { unwrittenBalances } from '#shared/stores/postgres/ledger/unwritten-balances.ts';
import { erasures } from '#shared/stores/postgres/privacy/erasures.ts';
import { tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import { balanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { forgetPerson } from '#shared/stores/redis/person-cache.ts';
import { type AuditDependencies, audit } from './audit.ts';
import { completeErasures } from './complete-erasures.ts';
import { shape } from './config.ts';
import { reconcileRewards } from './handler.ts';
import { compareForAWhile } from './topics/compare-for-a-while.ts';
import { topicDependencies } from './topics/topic-dependencies.ts';

const name = 'reconcile-rewards';
const log = createLogger(name);
const config = readConfig(shape);
const sql = connectPool(config);
const redis = connectRedis(config.REDIS_URL);
const publisher = kafkaPublisher({
  ...{ brokers: config.KAFKA_BROKERS, clientId: name },
  encoder: incentiveEncoder(config),
});

const topics = topicDependencies({
  sql,
  brokers: config.KAFKA_BROKERS,
  decode: avroDecoder(config),
  log,
});
/** The rest of the request is for the work in progress when this time is over. */
const comparedMsMax = config.REQUEST_SECONDS * 700;
/** After an outage there may be more to sum than fits into a request that has other work too. */
const summedMsMax = config.REQUEST_SECONDS * 200;

const position = auditPosition(sql);
const auditing: AuditDependencies = {
  incrementalAudit: incrementalAudit(sql, position),
  auditPosition: position,
  sumAll: (isOver) => sumWallets(sql, { isOver }),
  auditExclusively: (work) => exclusively(sql, 'audit-ledger', work),
  log,
};

/** A minute's entries; each call continues where the last one stopped. */
const sumForAWhile = () =>
  sumWallets(sql, { isOver: overAfter(summedMsMax), entriesMin: snapshotEntries });

const erasing = { erasures: erasures(sql), forget: forgetPerson(redis) };

/** A run of all steps takes long enough without persons who have much to erase. */
const eraseForAWhile = () =>
  completeErasures({
    ...erasing,
    completeErasure: (person) => completeErasure(erasing, person),
    isOver: overAfter(summedMsMax),
  });

await serveEvents({
  name,
  main: import.meta.main,
  handlers: reconcileRewards({
    outbox: outbox(sql),
    publisher,
    unwritten: unwrittenBalances(sql),
    currentBalances: currentBalances(sql),
    position: comparisonPosition(sql),
    tenants: tenantStore(sql),
    cache: balanceCache(redis),
    incentiveLog: incentiveLog(sql),
    refused: refusedEvents(sql),
    slots: replicationSlots(sql),
    sealLedger: () =>
      sealLedger(sql, {
        entriesMax: config.SEAL_ENTRIES_MAX,
        ageMaxMs: config.SEAL_AGE_MINUTES_MAX * 60_000,
      }),
    sumWallets: sumForAWhile,
    completeErasures: eraseForAWhile,
    forgetRequests: () => idempotentRequests(sql).forget(),
    auditPosition: position,
    audit: ({ isFull }) => audit(auditing, { isFull, auditedMsMax: comparedMsMax }),
    exclusively: (work) => exclusively(sql, name, work),
    compareTopics: () => compareForAWhile(topics, comparedMsMax),
    topicStates: () => topics.missing.states(topics.sources.map(({ topic }) => topic)),
    log,
  }),
  publisher,
  close: [() => closePostgres(sql), () => redis.quit()],
});
