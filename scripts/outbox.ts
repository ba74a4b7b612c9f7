/** Lists events that Kafka refused and returns them to reconcile-rewards. */

import { program } from 'commander';
import {
  type RefusedEvents,
  refusedEvents,
} from '#shared/stores/postgres/journal/refused-events.ts';
import { runProgram } from './platform/run-program.ts';
import { withDatabase } from './platform/with-sql.ts';

const eventsMax = 1_000;

const withEvents = (work: (events: RefusedEvents) => Promise<void>): Promise<void> =>
  withDatabase((sql) => work(refusedEvents(sql)));

const list = (): Promise<void> =>
  withEvents(async (events) => {
    for (const { id, tenantId, type, refusedAt, refusal } of await events.list(eventsMax))
      console.log(`${id} ${refusedAt.toISOString()} ${tenantId} ${type}: ${refusal}`);
    console.log(`${await events.count()} refused events`);
  });

const retry = (ids: readonly string[], { all }: Readonly<{ all?: true }>): Promise<void> =>
  withEvents(async (events) => {
    if (ids.length === 0 && !all) throw new Error('Give the ids of events, or --all');
    const retried = await events.retry(all ? undefined : ids);
    console.log(`${retried} events will be published within a minute`);
  });

program.name('npm run outbox --').description('Lists and retries events that Kafka refused.');
program.command('list').description('one line each, oldest first').action(list);
program
  .command('retry [ids...]')
  .description('publishes them again; fix the reason for the refusal first')
  .option('--all', 'all of them')
  .action(retry);

await runProgram(program);
