import { styleText } from 'node:util';
import {
  compareTopics,
  type TopicDependencies,
} from '#functions/reconcile-rewards/topics/compare-topics.ts';
import type { MissingRecord, TopicState } from '#shared/stores/postgres/topics/missing-records.ts';

type Dependencies = TopicDependencies &
  Readonly<{
    exclusively: (work: () => Promise<boolean>) => Promise<boolean | 'busy'>;
  }>;

type Options = Readonly<{
  /** Compares again what was compared before, as far as the topics still have it. */
  fromBeginning: boolean;
  /** Prints JSON, one object per line: one for each topic, then one for each missing record. */
  json: boolean;
}>;

/** Missing records read at once. */
const pageMax = 500;

/**
 * Compares topics with the effects of their records, starting where the last comparison ended, here
 * or in reconcile-rewards; prints every record that is missing, and returns whether none is. If it
 * is killed, the next one continues.
 * @throws Error while another comparison is in progress.
 */
export const showTopics = async (
  dependencies: Dependencies,
  { fromBeginning, json }: Options,
): Promise<boolean> => {
  const compared = new Map<string, number>();
  const outcome = await dependencies.exclusively(async () => {
    if (fromBeginning) await dependencies.comparison.reset();
    return compareTopics(dependencies, {
      isOver: () => false,
      compared: (topic, records) => {
        const sum = (compared.get(topic) ?? 0) + records;
        compared.set(topic, sum);
        if (process.stderr.isTTY) process.stderr.write(`\r${topic}: ${sum} records compared `);
      },
    });
  });
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  if (outcome === 'busy')
    throw new Error('Another comparison of topics is running; try again later');
  return showStates(dependencies, { compared, json });
};

const showStates = async (
  { missing, sources }: Dependencies,
  { compared, json }: Readonly<{ compared: ReadonlyMap<string, number>; json: boolean }>,
): Promise<boolean> => {
  const states = await missing.states(sources.map(({ topic }) => topic));
  const stateLine = json ? stateJson : stateText;
  for (const state of states) console.log(stateLine(state, compared.get(state.topic) ?? 0));
  const recordLine = json ? recordJson : recordText;
  let page = await missing.page(undefined, pageMax);
  while (page.length > 0) {
    for (const record of page) console.log(recordLine(record));
    page = await missing.page(page.at(-1), pageMax);
  }
  return states.every((state) => state.missing === 0);
};

const stateJson = (state: TopicState, compared: number): string =>
  JSON.stringify({ ...state, compared });

const stateText = ({ topic, missing }: TopicState, compared: number): string => {
  const sign = missing === 0 ? styleText('green', '✓') : styleText('red', '✗');
  return ` ${sign} ${topic}: ${compared} records compared now, ${missing} missing in total`;
};

const recordJson = ({ traces: _traces, ...record }: MissingRecord): string =>
  JSON.stringify(record);

const recordText = ({ topic, partition, offset, writtenAt, reason }: MissingRecord): string =>
  `     ${topic} ${partition}/${offset} ${writtenAt.toISOString()}: ${reason}`;
