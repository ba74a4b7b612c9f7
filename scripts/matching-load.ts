/**
 * Millions of generated records through match-customer: from Kafka by the local KafkaSource, or
 * from files by `npm run import`. The exit code is the verdict.
 */
import { randomBytes } from 'node:crypto';
import { program } from 'commander';
import { Kafka, logLevel } from '#shared/eventing/kafka/kafkajs.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { migrate } from '#shared/stores/postgres/schema/migrate.ts';
import type { Check } from './demo/verdict.ts';
import { root } from './manifests/load-project.ts';
import { type GeneratedLoad, generatedLoad } from './matching-load/generated-load.ts';
import { importLoad } from './matching-load/import-load.ts';
import { readStored, type StoredFigures } from './matching-load/stored-figures.ts';
import { streamLoad } from './matching-load/stream-load.ts';
import { positive } from './platform/options.ts';
import { startPlatform } from './platform/start-platform.ts';
import { createReadyTopics } from './services/create-ready-topics.ts';
import { startServices } from './services/start-services.ts';
import { terminalReport } from './services/terminal-report.ts';

program
  .name('npm run matching-load --')
  .description('Streams or imports generated customer records through match-customer.')
  .option('--records <records>', 'how many records', positive, 20_000)
  .option('--rate <rate>', 'records per second; by default as fast as they are matched', positive)
  .option('--import', 'from files, by `npm run import`, which is killed and resumed once', false)
  .option(
    '--dispatchers <pods>',
    'pods of the sources: as many as they have consumers, as docs/operations/deploy.md recommends',
    positive,
    3,
  )
  .option('--seed <seed>', 'which records are generated', positive, 1)
  .parse();

type Options = Readonly<{
  records: number;
  rate?: number;
  import: boolean;
  dispatchers: number;
  seed: number;
}>;

const { records, rate: ratePerSecond, ...options } = program.opts<Options>();

/**
 * The required precision and recall of pairs, at the noise of the generator. A model that was
 * trained on the records contains which names are common; the default model does not.
 */
const qualityMin = 0.99;
const printMs = 10_000;

const counted = (count: number): string => Math.round(count).toLocaleString('en');
const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
const milliseconds = (seconds: number): string => `${counted(seconds * 1_000)} ms`;

/** Prints a line every ten seconds. */
const progressLines = () => {
  const startedAt = performance.now();
  let printedAt = startedAt;
  return (matched: number): void => {
    const now = performance.now();
    if (now - printedAt < printMs) return;
    printedAt = now;
    const rate = (matched * 1_000) / (now - startedAt);
    console.log(` ${counted(matched)} records, ${counted(rate)} a second`);
  };
};

const throughKafka = async (load: GeneratedLoad): Promise<readonly Check[]> => {
  const platform = await startPlatform({
    ...{ name: 'matching-load', temporary: true, report: terminalReport() },
    services: ['match-customer', 'store-dead-letter'],
    dispatchers: options.dispatchers,
  });
  try {
    const streamed = await streamLoad(platform, {
      ...{ load, ratePerSecond, onProgress: progressLines() },
    });
    const { sent, seconds, deadLettered, latency, podsMb } = streamed;
    const perSecond = sent / seconds;
    console.log(
      `${counted(sent)} records in ${counted(seconds)} s: ${counted(perSecond)} a second, ${counted(perSecond * 3_600)} an hour`,
    );
    console.log(
      `Kafka to commit: average ${milliseconds(latency.average)}, p50 ${milliseconds(latency.p50)}, p99 ${milliseconds(latency.p99)}`,
    );
    console.log(`Peak memory of each pod: ${podsMb.join(', ')} MiB`);
    const letters = { name: 'no record is a dead letter', ok: deadLettered === 0 };
    return [
      { ...letters, detail: counted(deadLettered) },
      ...(await checkStored(platform.services.postgres.url, load, sent)),
    ];
  } finally {
    await platform.stop();
  }
};

const fromFiles = async (load: GeneratedLoad): Promise<readonly Check[]> => {
  const directory = `${root}/.guerdon/matching-load`;
  const services = await startServices({
    ...{ directory, need: ['postgres', 'kafka'], report: terminalReport(), temporary: true },
  });
  try {
    const { postgres, kafka } = services;
    await migrate(postgres.url);
    await createTopic(kafka.url);
    const key = `load:${randomBytes(32).toString('base64')}`;
    const imported = await importLoad({
      load,
      folder: `${directory}/files`,
      environment: {
        ...{ DATABASE_URL: postgres.url, KAFKA_BROKERS: kafka.url },
        ...{ PERSON_MASTER_KEYS: key, BLIND_INDEX_KEYS: key },
      },
      onProgress: (line) => console.log(` ${line}`),
    });
    for (const { file, rows, seconds, memoryMb, resumed } of imported)
      console.log(
        `${file}: ${counted(rows)} rows in ${counted(seconds)} s, ${counted(rows / seconds)} a second, peak memory ${memoryMb} MiB${resumed ? ', killed and resumed once' : ''}`,
      );
    const rows = imported.reduce((sum, file) => sum + file.rows, 0);
    return await checkStored(postgres.url, load, rows);
  } finally {
    await services.stop();
  }
};

/** Bounded, since an event for each of a million customers would fill the disk. */
const createTopic = async (brokers: string): Promise<void> => {
  const admin = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const configEntries = [{ name: 'retention.bytes', value: '67108864' }];
  await createReadyTopics(admin, [{ topic: 'customer-events', numPartitions: 12, configEntries }]);
  await admin.disconnect();
};

const checkStored = async (
  url: string,
  load: GeneratedLoad,
  expected: number,
): Promise<readonly Check[]> => {
  const sql = connectPostgres({ url, max: 1 });
  try {
    const stored = await readStored(sql, load.truePairs());
    showSizes(stored);
    const { precision, recall } = stored.quality;
    return [
      {
        ...{ name: 'every record is stored once', ok: stored.records === expected },
        detail: `${counted(stored.records)} of ${counted(expected)}`,
      },
      {
        name: 'records of each person form one customer',
        ok: precision >= qualityMin && recall >= qualityMin,
        detail: `precision ${percent(precision)}, recall ${percent(recall)}`,
      },
    ];
  } finally {
    await sql.end();
  }
};

const showSizes = ({ records: stored, matched, customers, sizes }: StoredFigures): void => {
  console.log(`${counted(customers)} customers, match rate ${percent(matched / stored)}`);
  console.log('table | rows | table, bytes per row | indexes, bytes per row | MiB in total');
  for (const { table, rows, tableBytes, indexBytes } of sizes)
    console.log(
      `${table} | ${counted(rows)} | ${counted(tableBytes / rows)} | ${counted(indexBytes / rows)} | ${counted((tableBytes + indexBytes) / 1_048_576)}`,
    );
};

const load = generatedLoad({ seed: options.seed, records });
const checks = options.import ? await fromFiles(load) : await throughKafka(load);
for (const { name, ok, detail } of checks) console.log(` ${ok ? '✓' : '✗'} ${name}: ${detail}`);
const ok = checks.every((check) => check.ok);
console.log(ok ? 'verdict: ok' : 'verdict: NOT ok');
process.exitCode = ok ? 0 : 1;
