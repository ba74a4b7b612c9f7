import { type DeadLetter, toDeadLetter } from '#shared/eventing/dead-letters/dead-letter.ts';
import { kafkaClient } from '#shared/eventing/kafka/kafka-client.ts';
import { type LetterState, letterStates } from '../../redrive/letter-state.ts';
import { readTopic } from './read-topic.ts';

/** A dead letter and its state. */
type LeftLetter = Readonly<{ letter: DeadLetter; state: LetterState }>;

const topic = 'dead-letters';
const tick = 'dev.knative.sources.ping';

/**
 * The dead letters that wait for an operator or are still to be resent, each once, without ticks: a
 * later tick does the same work.
 */
export const lettersLeft = async (brokers: readonly string[]): Promise<readonly LeftLetter[]> => {
  const stateOf = await letterStates(kafkaClient({ brokers, clientId: 'letters-left' }), topic);
  const letters = (await readTopic(brokers, topic)).map(toDeadLetter);
  return [...new Map(letters.map((letter) => [letter.letterId, letter])).values()]
    .map((letter) => ({ letter, state: stateOf(letter) }))
    .filter(({ letter, state }) => state !== 'resent' && letter.type !== tick);
};
