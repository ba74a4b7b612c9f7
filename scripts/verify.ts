/**
 * Verifies the database: recomputes every order from what refunds left of it and the rules in
 * effect, every balance and lot from the entries, and more; `--chain` recomputes the seals over the
 * ledger. Neither shares code with the functions that wrote the data. `--topics` compares the
 * records of Kafka with their effects, `--archive` the files of archived records with the database.
 * The exit code is the answer.
 */

import { Command } from 'commander';
import { pino } from 'pino';
import { topicDependencies } from '#functions/reconcile-rewards/topics/topic-dependencies.ts';
import { avroDecoder, avroShape } from '#shared/eventing/avro/avro-decoder.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { archiveFolder } from '#shared/stores/files/archive-folder.ts';
import { verifyArchive } from '#shared/stores/postgres/archive/verify-archive.ts';
import { auditLedger } from '#shared/stores/postgres/audit/ledger-audit.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import type { LedgerHead } from '#shared/stores/postgres/ledger/chain/ledger-heads.ts';
import { findBrokers } from './platform/addresses.ts';
import { runProgram } from './platform/run-program.ts';
import { withDatabase } from './platform/with-sql.ts';
import { parseHead } from './verify/parse-head.ts';
import { showArchive } from './verify/show-archive.ts';
import { showAudit } from './verify/show-audit.ts';
import { showChain, showExpected, showHeads } from './verify/show-chain.ts';
import { showTopics } from './verify/show-topics.ts';

type Options = Readonly<{
  chain: boolean;
  head: boolean;
  expect: readonly LedgerHead[];
  topics: boolean;
  archive?: string;
  fromBeginning: boolean;
  json: boolean;
}>;

const compare = async (sql: Sql, options: Options): Promise<boolean> => {
  const decode = avroDecoder(readConfig(avroShape));
  const log = pino({ level: 'silent' });
  return showTopics(topicDependencies({ sql, brokers: await findBrokers(), decode, log }), options);
};

const verify = async (sql: Sql, options: Options): Promise<boolean> => {
  const { topics, archive } = options;
  if (topics) return compare(sql, options);
  if (archive !== undefined) return showArchive(await verifyArchive(sql, archiveFolder(archive)));
  return verifyLedger(sql, options);
};

const verifyLedger = async (sql: Sql, { chain, head, expect }: Options): Promise<boolean> => {
  if (chain || expect.length > 0) {
    // An expected head proves what precedes it only if the chain is sound.
    const isSound = await showChain(sql);
    const isExpected = await showExpected(sql, expect);
    if (head) await showHeads(sql);
    return isSound && isExpected;
  }
  if (head) await showHeads(sql);
  return head || showAudit(await auditLedger(sql));
};

const run = (options: Options): Promise<void> =>
  withDatabase(async (sql) => {
    if (!(await verify(sql, options))) process.exitCode = 1;
  });

await runProgram(
  new Command('npm run verify --')
    .description(
      'Recomputes the contents of the database and compares; the exit code is 0 if it is correct',
    )
    .option('--chain', 'verify the seals over the ledger instead', false)
    .option('--head', 'print the newest head of each tenant, to store elsewhere', false)
    .option(
      '--expect <tenant:seal:head>',
      'with the chain, check a head that was printed earlier; may be repeated',
      parseHead,
      [],
    )
    .option('--topics', 'compare topics with the effects of their records instead', false)
    .option('--archive <folder>', 'read the files of archived records instead')
    .option('--from-beginning', 'with --topics, begin with the oldest records again', false)
    .option('--json', 'with --topics, print JSON, one object per line', false)
    .action(run),
);
