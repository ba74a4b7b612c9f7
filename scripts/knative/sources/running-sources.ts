import { setTimeout as sleep } from 'node:timers/promises';
import type { Ending, RunningSource, SourceStatistics, TopicEnds } from '../statistics.ts';

type StatisticsByName = Readonly<Record<string, SourceStatistics>>;

const isIdle = ({ lag, inFlight }: SourceStatistics): boolean => lag === 0 && inFlight === 0;

const POLL_EVERY_MS = 50;

/** All KafkaSources and Triggers with the dispatcher pods that they run in. */
export class RunningSources {
  readonly #sources: readonly RunningSource[];
  readonly #endsOf: TopicEnds;
  #dispatchers = 0;

  constructor(sources: readonly RunningSource[], endsOf: TopicEnds) {
    this.#sources = sources;
    this.#endsOf = endsOf;
  }

  /** Starts dispatcher pods, or ends the last ones by SIGTERM, until this many run. */
  async scale(dispatchers: number): Promise<void> {
    const current = this.#dispatchers;
    this.#dispatchers = dispatchers;
    const pods = Array.from({ length: Math.max(current, dispatchers) }, (_, index) => index);
    await Promise.all([
      ...pods.slice(current).map((pod) => this.#join(pod)),
      ...pods.slice(dispatchers).map((pod) => this.#leave(pod, 'terminate')),
    ]);
  }

  /**
   * Replaces a dispatcher pod with another one.
   * @throws Error when there is no such pod.
   */
  async replace(dispatcher: number, ending: Ending): Promise<void> {
    if (dispatcher >= this.#dispatchers) throw new Error(`There is no dispatcher ${dispatcher}`);
    await this.#leave(dispatcher, ending);
    await this.#join(dispatcher);
  }

  /** Looks up the end of each topic once, however many sources read it. */
  async statistics(): Promise<StatisticsByName> {
    const ends = new Map<string, ReturnType<TopicEnds>>();
    const endsOf: TopicEnds = (topic) => {
      const found = ends.get(topic) ?? this.#endsOf(topic);
      ends.set(topic, found);
      return found;
    };
    const entries = this.#sources.map(async (source) => [
      source.name,
      await source.statistics(endsOf),
    ]);
    return Object.fromEntries(await Promise.all(entries)) as StatisticsByName;
  }

  /**
   * Idle twice in a row: at the first check an event may have been between one source and the next.
   * While anything is in flight Kafka is not queried, so that waiting takes no time from it.
   * @throws Error when no event ended for so long: on a slow machine, many events may take any
   * time.
   */
  async drained(timeoutMs: number): Promise<void> {
    let ended = -1;
    let endedAt = 0;
    for (let idleLooks = 0; idleLooks < 2; ) {
      const now = await this.#ended();
      if (now !== ended) [ended, endedAt] = [now, performance.now()];
      else if (performance.now() - endedAt > timeoutMs) {
        const statistics = JSON.stringify(await this.statistics());
        throw new Error(`Not drained, and no event ended in ${timeoutMs} ms: ${statistics}`);
      }
      idleLooks = (await this.#isIdle()) ? idleLooks + 1 : 0;
      await sleep(POLL_EVERY_MS);
    }
  }

  /** How many events ended, whatever their outcome; does not query Kafka. */
  async #ended(): Promise<number> {
    const all = await Promise.all(
      this.#sources.map((source) => source.statistics(() => Promise.resolve([]))),
    );
    return all.reduce((sum, each) => sum + each.delivered + each.deadLettered + each.lost, 0);
  }

  async #isIdle(): Promise<boolean> {
    if (this.#sources.some((source) => source.inFlight() > 0)) return false;
    return Object.values(await this.statistics()).every(isIdle);
  }

  async stop(): Promise<void> {
    const pods = Array.from({ length: this.#dispatchers }, (_, index) => index);
    await Promise.all(pods.map((pod) => this.#leave(pod, 'stop')));
  }

  async #join(dispatcher: number): Promise<void> {
    const placed = this.#sources.filter(({ consumers }) => dispatcher < consumers);
    await Promise.all(placed.map((source) => source.join(dispatcher)));
  }

  async #leave(dispatcher: number, ending: Ending): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.leave(dispatcher, ending)));
  }
}
