/** Lists, shows, resends and drops dead letters, the records of the topic `dead-letters`. */

import { program } from 'commander';
import { redriveGroup } from '#shared/eventing/dead-letters/consumer-groups.ts';
import type { DeadLetter } from '#shared/eventing/dead-letters/dead-letter.ts';
import { type Place, walkLetters } from '#shared/eventing/dead-letters/walk-letters.ts';
import { kafkaWriter } from '#shared/eventing/kafka/kafka-writer.ts';
import { Kafka, logLevel } from '#shared/eventing/kafka/kafkajs.ts';
import { findBrokers } from './platform/addresses.ts';
import { instant, positive } from './platform/options.ts';
import { runProgram } from './platform/run-program.ts';
import { handleLetters, type Outcome } from './redrive/handle-letters.ts';
import { type LetterState, letterStates, waitsForPerson } from './redrive/letter-state.ts';

type Filter = Readonly<{ from: string; code?: string; status?: string; since?: Date }>;
type Change = Filter & Readonly<{ dryRun?: true; rate?: number; all?: true; automatic?: true }>;

const connect = async (): Promise<Kafka> =>
  new Kafka({
    clientId: 'redrive',
    brokers: [...(await findBrokers())],
    logLevel: logLevel.NOTHING,
  });

const isWanted =
  ({ code, status, since }: Filter) =>
  (letter: DeadLetter): boolean =>
    (code === undefined || letter.code === code) &&
    (status === undefined || (letter.status ?? 'none') === status) &&
    (since === undefined || letter.at >= since);

const walk = async (topic: string, see: (letter: DeadLetter) => void, only?: Place) =>
  walkLetters({
    kafka: await connect(),
    topic,
    groupId: redriveGroup(topic),
    isHandling: false,
    only,
    visit: ({ letters }) => {
      letters.forEach(see);
      return Promise.resolve();
    },
  });

const list = async (filter: Filter): Promise<void> => {
  const counts: Record<LetterState, number> = {
    ...{ refused: 0, 'given-up': 0, 'no-topic': 0, 'no-value': 0 },
    ...{ automatic: 0, resent: 0 },
  };
  const isListed = isWanted(filter);
  const stateOf = await letterStates(await connect(), filter.from);
  await walk(filter.from, (letter) => {
    if (!isListed(letter)) return;
    const { place, at, status, code, detail } = letter;
    const state = stateOf(letter);
    counts[state] += 1;
    if (state === 'resent') return;
    console.log(
      `${place.padEnd(9)} ${at.toISOString()} ${state.padEnd(9)} ${status ?? 'none'} ${code}: ${detail.slice(0, 120)}`,
    );
  });
  const { automatic: due, resent, ...others } = counts;
  const waiting = Object.values(others).reduce((sum, count) => sum + count, 0);
  console.log(
    `${waiting} dead letters need attention, ${due} are resent automatically, ${resent} were resent`,
  );
};

const notPending = (place: string): Error =>
  new Error(`There is no unhandled dead letter at ${place}`);

const show = async (place: string, { from }: Filter): Promise<void> => {
  const found: DeadLetter[] = [];
  await walk(from, (letter) => found.push(letter), placeOf(place));
  const [letter] = found;
  if (letter === undefined) throw notPending(place);
  const { value, at, ...rest } = letter;
  console.log({ ...rest, at: at.toISOString(), value: value?.toString() ?? null });
};

const change = (act: 'send' | 'drop') => async (text: string | undefined, options: Change) => {
  const only = text === undefined ? undefined : placeOf(text);
  if (act === 'drop') assertNarrowed(only, options);
  const kafka = await connect();
  const isMatching = isWanted(options);
  const stateOf = await letterStates(kafka, options.from);
  const includesAutomatic = only !== undefined || options.automatic === true;
  const outcome = await handleLetters({
    kafka,
    writer: kafkaWriter({ brokers: await findBrokers(), clientId: 'redrive' }),
    topic: options.from,
    act,
    isWanted: (letter) =>
      isMatching(letter) && (includesAutomatic || waitsForPerson(stateOf(letter))),
    only,
    isDryRun: options.dryRun,
    ratePerSecond: options.rate,
  });
  showOutcome(outcome, options.dryRun === true ? 'would be ' : '');
  const { sent, dropped, left } = outcome;
  if (text !== undefined && sent.size + dropped + left.length === 0) throw notPending(text);
};

const assertNarrowed = (only: Place | undefined, { all, code, status, since }: Change): void => {
  if ([only, all, code, status, since].every((each) => each === undefined))
    throw new Error('drop needs a place, a filter or --all');
};

const showOutcome = ({ sent, dropped, left }: Outcome, would: string): void => {
  for (const [topic, count] of sent) console.log(`${count} ${would}sent to ${topic} again`);
  if (dropped > 0) console.log(`${dropped} ${would}dropped`);
  for (const { place, reason } of left) console.log(`${place} was not sent: ${reason}`);
  if (sent.size + dropped + left.length === 0) console.log('No dead letter matches');
  if (left.length > 0) process.exitCode = 1;
};

const placeOf = (text: string): Place => {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  if (match) return { partition: Number(match[1]), offset: Number(match[2]) };
  throw new Error(`A place is partition/offset, such as 3/7; got ${text}`);
};

const command = (name: string, summary: string) =>
  program
    .command(name)
    .description(summary)
    .option('--from <topic>', 'the topic of the dead letters', 'dead-letters');

const withFilter = (name: string, summary: string) =>
  command(name, summary)
    .option('--code <code>', 'only those refused with this problem, such as unknown-tenant')
    .option(
      '--status <status>',
      'only those whose last response had this status; none: no response',
    )
    .option('--since <instant>', 'only those stored at this instant or later', instant);

const automatic = 'include those that resend-dead-letters resends automatically, or has resent';

program
  .name('npm run redrive --')
  .description(
    'Lists, resends and drops dead letters. Each letter is sent or dropped once; the consumer group redrive.<topic> records which.',
  );
withFilter(
  'list',
  'one line for each that is not handled yet: automatic ones are resent, all others need attention',
).action(list);
command('show <place>', 'everything known about one letter').action(show);
withFilter('send [place]', 'sends one letter, or all that match, back to their topics')
  .option('--automatic', automatic)
  .option('--dry-run', 'only counts them')
  .option('--rate <letters>', 'maximum letters a second', positive)
  .action(change('send'));
withFilter('drop [place]', 'marks one letter, or all that match, as handled without sending them')
  .option('--automatic', automatic)
  .option('--dry-run', 'only counts them')
  .option('--all', 'every letter')
  .action(change('drop'));

await runProgram(program);
