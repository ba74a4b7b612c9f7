/**
 * Sends orders to the platform that `npm run dev` runs, or to KAFKA_BROKERS: generated ones, or
 * those of a file.
 */

import { Command } from 'commander';
import { generateOrders } from './orders/generate-orders.ts';
import { readOrders } from './orders/read-orders.ts';
import { sendOrders } from './orders/send-orders.ts';
import { findBrokers } from './platform/addresses.ts';
import { positive } from './platform/options.ts';
import { runProgram } from './platform/run-program.ts';

type Options = Readonly<{ rate: number; seconds: number; customers: number; seed: number }>;

const send = async (
  file: string | undefined,
  { rate, seconds, customers, seed }: Options,
): Promise<void> => {
  const generated = {
    seed,
    records: Math.round(rate * seconds),
    customers,
    prefix: `s${seed}`,
    firstPlacedAt: new Date(),
  };
  const records = file === undefined ? generateOrders(generated) : readOrders(file);
  const startedAt = performance.now();
  const sent = await sendOrders(records, {
    brokers: await findBrokers(),
    ratePerSecond: file === undefined ? rate : undefined,
    onSent: (count) => {
      if (process.stdout.isTTY) process.stdout.write(`\r ${count} orders sent`);
    },
  });
  const elapsed = (performance.now() - startedAt) / 1000;
  console.log(`\r ${sent} orders sent in ${elapsed.toFixed(1)} s`);
};

await runProgram(
  new Command('npm run orders --')
    .description('Sends orders to the topic `orders`')
    .argument(
      '[file]',
      'a .csv or .ndjson file with the fields of an order; generated orders by default',
    )
    .option('--rate <n>', 'generated orders a second', positive, 1000)
    .option('--seconds <n>', 'how long', positive, 30)
    .option('--customers <n>', 'customers who order', positive, 5000)
    .option('--seed <n>', 'the same seed sends the same orders again', positive, Date.now())
    .action(send),
);
