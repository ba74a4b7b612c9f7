/** Lists, shows and sends again what was given up: the records of the topic `dead-letters`. */
import { program } from 'commander';
import { Kafka, logLevel } from 'kafkajs';
import { explainKafka, findBrokers } from './platform/addresses.ts';
import { readTopic } from './platform/read-topic.ts';
import { type DeadLetter, toDeadLetter, toRecord } from './redrive/dead-letter.ts';

type Filter = Readonly<{ code?: string; status?: string; since?: Date }>;

const read = async ({ code, status, since }: Filter): Promise<readonly DeadLetter[]> => {
  const letters = (await readTopic(await findBrokers(), 'dead-letters')).map(toDeadLetter);
  return letters
    .filter((letter) => code === undefined || letter.code === code)
    .filter((letter) => status === undefined || (letter.status ?? 'none') === status)
    .filter((letter) => since === undefined || letter.at >= since)
    .sort((a, b) => a.at.getTime() - b.at.getTime());
};

const list = async (filter: Filter): Promise<void> => {
  const letters = await read(filter);
  for (const { place, at, status, code, detail } of letters) {
    console.log(
      `${place.padEnd(9)} ${at.toISOString()} ${status ?? 'none'} ${code}: ${detail.slice(0, 120)}`,
    );
  }
  console.log(`${letters.length} dead letters`);
};

const show = async (place: string): Promise<void> => {
  const letter = (await read({})).find((candidate) => candidate.place === place);
  if (letter === undefined) throw new Error(`There is no dead letter at ${place}`);
  const { value, at, ...rest } = letter;
  console.log({ ...rest, at: at.toISOString(), value: value?.toString() ?? null });
};

const send = async (filter: Filter): Promise<void> => {
  const letters = await read(filter);
  const byTopic = Map.groupBy(letters, ({ topic }) => topic);
  const brokers = [...(await findBrokers())];
  const producer = new Kafka({
    clientId: 'redrive',
    brokers,
    logLevel: logLevel.NOTHING,
  }).producer();
  await producer.connect();
  for (const [topic, group] of byTopic) {
    if (topic === undefined) continue;
    await producer.send({ topic, acks: -1, messages: group.map(toRecord) });
    console.log(`${group.length} sent to ${topic} again`);
  }
  await producer.disconnect();
  const homeless = byTopic.get(undefined)?.length ?? 0;
  if (homeless > 0) console.log(`${homeless} left: nothing says which topic they came from`);
};

const since = (text: string): Date => {
  const date = new Date(text);
  if (Number.isNaN(date.getTime()))
    throw new Error(`--since takes an ISO 8601 instant, got ${text}`);
  return date;
};

const withFilter = (name: string, summary: string) =>
  program
    .command(name)
    .description(summary)
    .option('--code <code>', 'only those refused with this problem, such as unknown-tenant')
    .option('--status <status>', 'only those whose last answer had this status; none for no answer')
    .option('--since <instant>', 'only those given up at this instant or later', since);

program
  .name('npm run redrive --')
  .description(
    'What was given up, and how to try it again. Sending twice is safe: what was paid is found.',
  );
withFilter('list', 'one line each, oldest first').action(list);
program.command('show <place>').description('all there is to know about one').action(show);
withFilter('send', 'sends them to the topics they came from').action(send);

await program.parseAsync().catch((error: unknown) => {
  const explained = explainKafka(error);
  console.error(explained instanceof Error ? explained.message : explained);
  process.exitCode = 1;
});
