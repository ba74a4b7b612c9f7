import fc from 'fast-check';
import { expect, it } from 'vitest';
import { seededRandom } from '#scripts/orders/random.ts';
import {
  changeFileName,
  changeFileOf,
  changesFolder,
} from '#shared/domain/analytics/change-file.ts';
import type { FileStore } from '../files/file-store.ts';
import { changeMerger, type MergeFiles } from './change-merger.ts';
import { forgottenName } from './change-source.ts';

type Turn = <T>(value: T) => Promise<T>;
const immediately: Turn = (value) => Promise.resolve(value);

/**
 * Files in memory, each a set of changes. Each step of an operation waits for its actor's turn, and
 * a listing goes file by file in the order of names: what a bucket promises, and no more.
 */
const memoryFiles = () => {
  const contents = new Map<string, ReadonlySet<string>>();
  const scratch = new Map<string, ReadonlySet<string>>();
  const acknowledged = new Set<string>();
  const next = (folder: string, after: string) =>
    [...contents.keys()].filter((name) => name.startsWith(folder) && name > after).sort()[0];
  let reads = 0;

  const by = (turn: Turn): FileStore => ({
    list: async (folder) => {
      const found: string[] = [];
      await turn(folder);
      for (let name = next(folder, ''); name !== undefined; name = next(folder, name)) {
        found.push(name);
        await turn(name);
      }
      return found.map((name) => ({ name, bytes: 1 }));
    },
    write: async (name, fill) => {
      await fill(name);
      await turn(name);
      contents.set(name, scratch.get(name) ?? new Set());
      return turn(1);
    },
    read: async (name) => {
      await turn(name);
      const found = contents.get(name);
      const path = `read ${(reads += 1)}`;
      if (found !== undefined) scratch.set(path, found);
      return found && { path, release: () => Promise.resolve() };
    },
    remove: async (names) => {
      for (const name of names) {
        await turn(name);
        contents.delete(name);
      }
    },
  });
  const merge: MergeFiles = (inputs, output, forgotten) => {
    const all = inputs.flatMap((path) => [...scratch.get(path)!]);
    scratch.set(output, new Set(all.filter((each) => !forgotten.includes(each.split(' ')[0]!))));
    return Promise.resolve();
  };
  const put = (files: FileStore, name: string, changes: readonly string[]) =>
    files.write(name, (path) => {
      scratch.set(path, new Set(changes));
      return Promise.resolve();
    });
  /** Undefined where a file was removed after it was listed: a reader begins again then. */
  const read = async (files: FileStore) => {
    const found: ReadonlySet<string>[] = [];
    for (const { name } of await files.list(changesFolder)) {
      const file = await files.read(name);
      if (file === undefined) return undefined;
      found.push(scratch.get(file.path)!);
    }
    return new Set(found.flatMap((changes) => [...changes]));
  };
  const readTimes = async (files: FileStore, times: number) => {
    for (let attempt = 0; attempt < times; attempt += 1) {
      const before = [...acknowledged];
      const seen = await read(files);
      if (seen !== undefined) expect([...seen]).toEqual(expect.arrayContaining(before));
    }
  };
  return { contents, acknowledged, by, merge, put, read, readTimes };
};

/**
 * Lets actors take turns as a seed decides: one continues for many turns while others pause, so
 * that any number of steps of one fall between two steps of another.
 */
const interleaving = (seed: number) => {
  const random = seededRandom(seed);
  const waiting = new Map<string, (() => void)[]>();
  let last = '';
  const next = () => {
    const actors = [...waiting].flatMap(([actor, turns]) => (turns.length > 0 ? actor : []));
    if (actors.length === 0) return;
    const isLeft = random() < 0.1 || !actors.includes(last);
    last = isLeft ? actors[Math.floor(random() * actors.length)]! : last;
    waiting.get(last)!.shift()!();
  };
  return {
    turnOf: (actor: string): Turn => {
      const turns: (() => void)[] = [];
      waiting.set(actor, turns);
      return (value) => new Promise((resolve) => turns.push(() => resolve(value)));
    },
    play: async (work: Promise<unknown>) => {
      const state = { isOver: false };
      const done = work.finally(() => {
        state.isOver = true;
      });
      done.catch(() => undefined);
      while (!state.isOver) {
        await new Promise(setImmediate);
        next();
      }
      await done;
    },
  };
};

const day = '2026-11-21';
const later = '2026-11-23';
const [user, other] = [
  { tenantId: 't', userId: 'u' },
  { tenantId: 't', userId: 'v' },
];

/** A change of a user, by the mark that forgets them. */
const changeOf = (who: typeof user, number: number) => `${forgottenName(who)} ${number}`;

/** A pod that dies: after some steps, nothing that it does happens. */
const dying = (files: FileStore, steps: number): FileStore => {
  let left = steps;
  const mortal =
    <Args extends unknown[], Result>(operation: (...args: Args) => Result) =>
    (...args: Args): Result => {
      left -= 1;
      if (left < 0) throw new Error('killed');
      return operation(...args);
    };
  const { list, write, read, remove } = files;
  return { list: mortal(list), write: mortal(write), read: mortal(read), remove: mortal(remove) };
};

const seeds = fc.integer({ min: 0, max: 2 ** 31 });
const numRuns = Number(process.env['MERGE_RUNS'] ?? 150);

it('no reader misses a change, whoever merges, dies, writes again or reads at the same time', async () => {
  const play = async (seed: number) => {
    const store = memoryFiles();
    const { turnOf, play: run } = interleaving(seed);
    const mergeAll = async (files: FileStore) => {
      const merger = changeMerger(files, store.merge);
      for (let round = 0; round < 3; round += 1)
        for (const merge of await merger.plan(later)) await merger.merge(merge);
    };
    const write = async (files: FileStore, first: number) => {
      const changes = [first, first + 1, first + 2].map((number) => changeOf(other, number));
      await store.put(files, changeFileName(day, 0, `f-${first}`), changes);
      for (const change of changes) store.acknowledged.add(change);
    };
    for (const first of [0, 2, 5]) await write(store.by(immediately), first);
    const actor = (name: string) => store.by(turnOf(name));
    await run(
      Promise.all([
        write(actor('writer'), 7).then(() => write(actor('writer'), 0)),
        mergeAll(actor('merger')),
        mergeAll(actor('another merger')),
        mergeAll(dying(actor('a merger that dies'), seed % 20)).catch(() => undefined),
        ...['reader', 'another reader'].map((name) => store.readTimes(actor(name), 4)),
      ]),
    );
    await mergeAll(store.by(immediately));
    expect(await store.read(store.by(immediately))).toEqual(store.acknowledged);
    expect([...store.contents]).toHaveLength(1);
  };
  await fc.assert(fc.asyncProperty(seeds, play), { numRuns });
});

it('no file keeps a user who is forgotten while others merge', async () => {
  const play = async (seed: number) => {
    const store = memoryFiles();
    const { turnOf, play: run } = interleaving(seed);
    const mergeAll = async (files: FileStore) => {
      const merger = changeMerger(files, store.merge);
      for (const merge of await merger.plan(later)) await merger.merge(merge);
    };
    const forget = async (files: FileStore) => {
      const merger = changeMerger(files, store.merge);
      await store.put(files, forgottenName(user), []);
      for (;;) {
        const listed = await files.list(changesFolder);
        const own = listed.filter(({ name }) => store.contents.get(name)?.has(changeOf(user, 1)));
        if (own.length === 0) return;
        for (const { name } of own)
          await merger.merge({
            day,
            level: changeFileOf({ name, bytes: 0 })!.level + 1,
            inputs: [name],
          });
      }
    };
    const first = store.by(immediately);
    await store.put(first, changeFileName(day, 0, 'a'), [changeOf(user, 1), changeOf(other, 1)]);
    await store.put(first, changeFileName(day, 0, 'b'), [changeOf(other, 2)]);
    const actor = (name: string) => store.by(turnOf(name));
    await run(
      Promise.all([
        mergeAll(actor('merger')),
        mergeAll(actor('another merger')),
        forget(actor('operator')),
      ]),
    );
    const left = [...store.contents.values()].flatMap((changes) => [...changes]);
    expect(new Set(left)).toEqual(new Set([changeOf(other, 1), changeOf(other, 2)]));
  };
  await fc.assert(fc.asyncProperty(seeds, play), { numRuns });
});
