import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningSource, SourceStatistics } from './statistics.ts';

type Starter = Readonly<{ name: string; start: () => Promise<RunningSource> }>;
type StatisticsByName = Readonly<Record<string, SourceStatistics>>;

const isIdle = ({ lag, inFlight }: SourceStatistics): boolean => lag === 0 && inFlight === 0;

const POLL_EVERY_MS = 50;

/** All KafkaSources and Triggers, and the questions that are put to all of them at once. */
export class RunningSources {
  readonly #starters = new Map<string, Starter>();
  readonly #running = new Map<string, RunningSource>();

  async start(starters: readonly Starter[]): Promise<void> {
    await Promise.all(
      starters.map(async (starter) => {
        this.#starters.set(starter.name, starter);
        this.#running.set(starter.name, await starter.start());
      }),
    );
  }

  async crash(name: string): Promise<void> {
    const starter = this.#starters.get(name);
    if (!starter) throw new Error(`No source is named ${name}`);
    await this.#running.get(name)?.abandon();
    this.#running.set(name, await starter.start());
  }

  async statistics(): Promise<StatisticsByName> {
    const entries = Array.from(this.#running, async ([name, source]) => [
      name,
      await source.statistics(),
    ]);
    return Object.fromEntries(await Promise.all(entries)) as StatisticsByName;
  }

  /** Idle twice in a row: the first look may have met an event on its way from one source to the next. */
  async drained(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    let statistics: StatisticsByName = {};
    for (let idleLooks = 0; idleLooks < 2; ) {
      if (performance.now() > deadline) {
        throw new Error(`Not drained in ${timeoutMs} ms: ${JSON.stringify(statistics)}`);
      }
      statistics = await this.statistics();
      idleLooks = Object.values(statistics).every(isIdle) ? idleLooks + 1 : 0;
      await sleep(POLL_EVERY_MS);
    }
  }

  async stop(): Promise<void> {
    await Promise.all(Array.from(this.#running.values(), (source) => source.stop()));
  }
}
