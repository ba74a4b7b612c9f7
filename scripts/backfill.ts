/**
 * Publishes the rows of a table as they are now to the topics of change data capture: connectors
 * send only changes, and none from before they started or from while their slot was lost.
 */

import { program } from 'commander';
import { kafkaWriter } from '#shared/eventing/kafka/kafka-writer.ts';
import { backfillPositions } from '#shared/stores/postgres/changes/backfill-positions.ts';
import { tableRows } from '#shared/stores/postgres/changes/table-rows.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { backfillTable } from './backfill/backfill-table.ts';
import { connectorStreams } from './change-capture/connector-streams.ts';
import { resourcesOf } from './manifests/kinds.ts';
import { loadKustomization } from './manifests/load-kustomization.ts';
import { findAddress, findBrokers } from './platform/addresses.ts';
import { runProgram } from './platform/run-program.ts';

type Options = Readonly<{ topic?: string; restart?: true }>;

const overlay = 'infra/knative/overlays/production';

/** What the connectors of the manifests send. */
const allStreams = () =>
  resourcesOf(loadKustomization(overlay), 'KafkaConnector').flatMap(({ spec }) =>
    connectorStreams(spec.config),
  );

const backfill = async (table: string, { topic, restart }: Options): Promise<void> => {
  const streams = allStreams().filter(
    (stream) => stream.table === table && (topic === undefined || stream.topic === topic),
  );
  if (streams.length === 0) {
    const known = allStreams().map((stream) => `${stream.table} to ${stream.topic}`);
    throw new Error(`No connector publishes this. Connectors publish: ${known.join(', ')}`);
  }
  const sql = connectPostgres({ url: await findAddress('DATABASE_URL'), max: 2 });
  const writer = kafkaWriter({ brokers: await findBrokers(), clientId: 'backfill' });
  try {
    const positions = backfillPositions(sql);
    const topics = streams.map((stream) => stream.topic).join(' and ');
    // A run for one topic must not make a run for all topics skip rows.
    const name = `${table} to ${topics}`;
    if (restart) await positions.forget(name);
    const after = await positions.find(name);
    if (after !== undefined) console.log(`Continues after ${JSON.stringify(after)}`);
    const count = await backfillTable({
      name,
      rows: await tableRows(sql, table),
      streams,
      writer,
      positions,
      onProgress: (published) => {
        if (published % 50_000 === 0) console.log(`${published.toLocaleString('en')} rows`);
      },
    });
    console.log(`Published ${count.toLocaleString('en')} rows of ${table} to ${topics}`);
  } finally {
    await writer.close();
    await sql.end();
  }
};

program
  .name('npm run backfill --')
  .description(
    'Publishes the rows of a table to the topics of its changes. It is safe while connectors run, and safe to repeat.',
  )
  .argument('<table>', 'incentives, points_balances or boards')
  .option('--topic <topic>', 'only to this topic')
  .option('--restart', 'begin at the first row, even if an earlier run was interrupted')
  .action(backfill);

await runProgram(program);
