/** Models by which the records of a tenant are matched: docs/matching.md. */

import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { matchingShape, shape } from '#functions/match-customer/config.ts';
import type { Matching } from '#shared/domain/matching/matching.ts';
import { customerEvent } from '#shared/eventing/customer-event.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import { kafkaPublisher } from '#shared/eventing/kafka/kafka-publisher.ts';
import { announce } from '#shared/runtime/announce.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { customerHashes } from '#shared/runtime/customer-hashes.ts';
import { secretBox } from '#shared/runtime/secret-box.ts';
import { backfillPositions } from '#shared/stores/postgres/changes/backfill-positions.ts';
import {
  type MatchingModels,
  matchingModels,
} from '#shared/stores/postgres/customers/matching-models.ts';
import { recentDetails } from '#shared/stores/postgres/customers/records/recent-details.ts';
import { rescoreRecords } from '#shared/stores/postgres/customers/records/rescore-records.ts';
import {
  type SampleRecords,
  sampleRecords,
} from '#shared/stores/postgres/customers/records/sample-records.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { describeModel } from './matching/describe-model.ts';
import { type RescoreReport, rescoreTenant } from './matching/rescore-tenant.ts';
import { trainTenant } from './matching/train-tenant.ts';
import { findAddress, findBrokers } from './platform/addresses.ts';
import { explainFailure } from './platform/explain-failure.ts';
import { runProgram } from './platform/run-program.ts';
import { withDatabase } from './platform/with-sql.ts';

type Tenant = Readonly<{ tenant: string; by: string }>;
type Stores = Readonly<{ models: MatchingModels; samples: SampleRecords }>;

const { PERSON_MASTER_KEYS, BLOCK_RECORDS_MAX } = shape;

const withStores = async (work: (stores: Stores) => Promise<void>): Promise<void> => {
  const config = readConfig({ PERSON_MASTER_KEYS, BLOCK_RECORDS_MAX });
  const masterKeys = secretBox(config.PERSON_MASTER_KEYS);
  return withDatabase(async (sql) => {
    await work({
      models: matchingModels(sql, { masterKeys }),
      samples: sampleRecords(sql, { masterKeys, blockRecordsMax: config.BLOCK_RECORDS_MAX }),
    });
  });
};

const train = ({ tenant, by, sample }: Tenant & Readonly<{ sample: number }>): Promise<void> =>
  withStores(async ({ models, samples }) => {
    const base = await models.find(tenant);
    const trained = await trainTenant({ tenantId: tenant, samples, base, recordsMax: sample });
    const { matching, ...summary } = trained;
    console.log(describeModel(trained, base.model));
    await addVersion(models, { tenant, by }, { matching, summary });
  });

type Thresholds = Readonly<{ linkFrom?: number; reviewFrom?: number; apartBelow?: number }>;

const set = ({ tenant, by, ...thresholds }: Tenant & Thresholds): Promise<void> =>
  withStores(async ({ models }) => {
    const base = await models.find(tenant);
    const matching = { ...base, model: { ...base.model, ...thresholds } };
    const summary = { madeFrom: base.model.version, ...thresholds };
    await addVersion(models, { tenant, by }, { matching, summary });
  });

const addVersion = async (
  models: MatchingModels,
  { tenant, by }: Tenant,
  {
    matching,
    summary,
  }: Readonly<{ matching: Matching; summary: Readonly<Record<string, unknown>> }>,
): Promise<void> => {
  const added = await models.add(tenant, { ...matching, summary, subject: by });
  if ('problem' in added) throw new Error(`The model is invalid: ${added.problem}`);
  const { version } = added;
  console.log(`Version ${version} is stored. To use it: npm run matching -- activate ${version}`);
};

const activate = (version: number, { tenant, by }: Tenant): Promise<void> =>
  withStores(async ({ models }) => {
    const isKnown = await models.activate(tenant, { version, subject: by });
    if (!isKnown) throw new Error(`${tenant} has no version ${version}`);
    console.log(`Pods match ${tenant} by version ${version} within 10 seconds`);
  });

const list = ({ tenant }: Tenant): Promise<void> =>
  withStores(async ({ models }) => {
    for (const { version, isActive, createdAt, createdBy, summary } of await models.list(tenant))
      console.log(
        `${isActive ? '*' : ' '} ${version} ${createdAt.toISOString()} ${createdBy} ${JSON.stringify(summary)}`,
      );
  });

/** Pods score by the previous version for ten seconds, in requests of 45 seconds at most. */
const podsReadyMs = 60_000;

const rescore = async ({ tenant, batch }: Tenant & Readonly<{ batch: number }>): Promise<void> => {
  const config = readConfig(matchingShape);
  const masterKeys = secretBox(config.PERSON_MASTER_KEYS);
  const hashes = customerHashes(config.BLIND_INDEX_KEYS);
  const options = {
    ...{ masterKeys, nameAndPhoneHash: hashes.nameAndPhone, indexKeyIds: hashes.keyIds },
    ...{ blockRecordsMax: config.BLOCK_RECORDS_MAX, recent: recentDetails() },
  };
  const sql = connectPostgres({ url: await findAddress('DATABASE_URL'), max: 2 });
  const publisher = kafkaPublisher({ brokers: await findBrokers(), clientId: 'matching' });
  const warn = ({ err }: Readonly<{ err: unknown }>): void =>
    console.error(`Events stay in the outbox and are published later: ${explainFailure(err)}`);
  try {
    const { find } = matchingModels(sql, { masterKeys });
    const { version } = (await find(tenant)).model;
    console.log(`Waiting a minute, until every pod scores by version ${version}`);
    await sleep(podsReadyMs);
    const report = await rescoreTenant({
      ...{ tenantId: tenant, version, positions: backfillPositions(sql) },
      publish: (events) => announce(events, { publisher, outbox: outbox(sql), log: { warn } }),
      rescore: async (after) => {
        const matching = await find(tenant);
        if (matching.model.version !== version)
          throw new Error(
            `Version ${matching.model.version} was activated meanwhile: run this again`,
          );
        return rescoreRecords<DomainEvent>(sql, options, {
          ...{ tenantId: tenant, matching, after, recordsMax: batch },
          domainEventOf: (change) => customerEvent(change, new Date()),
        });
      },
      onProgress: progressLines(),
    });
    console.log(describeReport(report));
  } finally {
    await Promise.all([publisher.close(), sql.end()]);
  }
};

const progressLines = () => {
  let printedAt = performance.now();
  return (report: RescoreReport): void => {
    if (performance.now() - printedAt < 5_000) return;
    printedAt = performance.now();
    console.log(describeReport(report));
  };
};

const describeReport = (report: RescoreReport): string => {
  const { records, linksAdded, linksRemoved, created, updated, merged, split } = report;
  return `${records.toLocaleString('en')} records: ${linksAdded} links added, ${linksRemoved} removed; customers: ${created} created, ${merged} merged, ${split} split, ${updated} updated`;
};

const share = (text: string): number => {
  const value = Number(text);
  if (value > 0 && value < 1) return value;
  throw new InvalidArgumentError('It must be a probability above 0 and below 1.');
};

const count = (text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError('It must be a whole number.');
};

const program = new Command('npm run matching --').description(
  'Trains and activates the matching models of a tenant',
);
const command = (name: string, description: string): Command =>
  program
    .command(name)
    .description(description)
    .option('--tenant <tenant>', 'whose records', 'default')
    .option('--by <subject>', 'your name in the change log', 'operator');

command('train', 'train a version on stored records, without labels, and report what would change')
  .option('--sample <n>', 'records to train on, with all records that share a key', count, 50_000)
  .action(train);
command('set', 'create a version with other thresholds from the active one')
  .option('--link-from <p>', 'link from this probability on', share)
  .option('--review-from <p>', 'let people review from this probability on', share)
  .option('--apart-below <p>', 'never join two records below this probability', share)
  .action(set);
command('list', 'list the versions, the active one with an asterisk').action(list);
command('activate', 'activate a version; 0 is the default model')
  .argument('<version>', 'its number', count)
  .action(activate);
command('rescore', 'score all stored records again by the active version; run it again to continue')
  .option('--batch <n>', 'records per transaction, for which other batches wait', count, 100)
  .action(rescore);
await runProgram(program);
