import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { Unavailable } from '#shared/domain/errors.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { connectPostgres } from './connect.ts';
import { beginTransaction } from './transaction.ts';

/** A way to Postgres that can be cut like a wire. */
const wireTo = async (url: string) => {
  const { hostname, port } = new URL(url);
  const sockets: Socket[] = [];
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const socket of [near, far]) sockets.push(socket.on('error', () => undefined));
    near.pipe(far).pipe(near);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const through = new URL(url);
  through.port = String((server.address() as AddressInfo).port);
  const cut = () => sockets.splice(0).forEach((socket) => socket.destroy());
  const close = () => {
    cut();
    server.close();
  };
  return { url: through.href, cut, close };
};

const { url } = await testDatabase();
const wire = await wireTo(url);
const direct = connectPostgres({ url, max: 1 });
const sql = connectPostgres({ url: wire.url, max: 1 });
afterAll(async () => {
  await Promise.all([sql.end({ timeout: 1 }), direct.end()]);
  wire.close();
});

await direct`create table done (what text primary key)`;
const doneThings = async () =>
  (await direct<{ what: string }[]>`select what from done`).map(({ what }) => what);

/** Ends the transaction's connection from the side of Postgres. */
const terminate = (pid: number) => direct`select pg_terminate_backend(${pid})`;
const pidOf = async (transaction: Parameters<Parameters<typeof beginTransaction>[1]>[0]) => {
  const [row] = await transaction<[{ pid: number }]>`select pg_backend_pid() as pid`;
  return row.pid;
};
/** Waits until a backend runs a statement of that name. */
const until = async (statement: string) => {
  const isRunning = async () =>
    (
      await direct`select from pg_stat_activity where state = 'active' and pid <> pg_backend_pid()
      and query like ${`%${statement}%`}`
    ).length > 0;
  while (!(await isRunning()));
};

/** The pool must go on, twice, as a connection that is left half-used fails only then. */
const worksOn = async () => {
  for (const what of [1, 2])
    expect(
      await beginTransaction(sql, async (transaction) => transaction`select ${what}::int as what`),
    ).toEqual([{ what }]);
};

describe('beginTransaction', () => {
  it('commits work that ends, and nothing of work that fails', async () => {
    const insert = (what: string, end: () => Promise<string>) =>
      beginTransaction(sql, async (transaction) => {
        await transaction`insert into done values (${what})`;
        return end();
      });
    expect(await insert('good', () => Promise.resolve('result'))).toBe('result');
    await expect(insert('bad', () => Promise.reject(new RangeError('no')))).rejects.toThrow('no');
    await expect(insert('good', () => Promise.resolve('twice'))).rejects.toThrow('duplicate key');
    expect(await doneThings()).toEqual(['good']);
  });

  it('survives a wire that is cut while a statement runs', async () => {
    const outcome = beginTransaction(sql, (transaction) => transaction`select 'cut', pg_sleep(60)`);
    const isLost = expect(outcome).rejects.toThrow('CONNECTION_CLOSED');
    await until(`select 'cut'`);
    wire.cut();
    await isLost;
    await worksOn();
  });

  it('survives a wire that is cut between statements, whatever becomes of the work', async () => {
    for (const end of [() => Promise.resolve('late'), () => Promise.reject(new Error('late'))]) {
      const ended = Promise.withResolvers<true>();
      const outcome = beginTransaction(sql, async (transaction) => {
        await transaction`select 1`;
        wire.cut();
        await ended.promise;
        return end();
      });
      await expect(outcome).rejects.toThrow('CONNECTION_CLOSED');
      ended.resolve(true);
      await worksOn();
    }
  });

  it('never sends a later statement of such work on the connection that took the place of the lost one', async () => {
    const reconnected = Promise.withResolvers<undefined>();
    const insert = Promise.withResolvers<unknown>();
    const outcome = beginTransaction(sql, async (transaction) => {
      await transaction`select 1`;
      wire.cut();
      await reconnected.promise;
      const late = async () => transaction`insert into done values ('outside')`;
      insert.resolve(await late().catch((error: unknown) => error));
    });
    await expect(outcome).rejects.toThrow('CONNECTION_CLOSED');
    await worksOn();
    reconnected.resolve(undefined);
    expect(await insert.promise).toBeInstanceOf(Unavailable);
    expect(await doneThings()).not.toContain('outside');
  });

  it('survives Postgres ending the connection while a statement runs', async () => {
    const outcome = beginTransaction(sql, async (transaction) => {
      const pid = await pidOf(transaction);
      const ending = until(`select 'ended'`).then(() => terminate(pid));
      await transaction`select 'ended', pg_sleep(60)`;
      await ending;
    });
    await expect(outcome).rejects.toThrow('CONNECTION_CLOSED');
    // The driver reports the end of the old connection again, to the first caller that uses the new
    // one.
    await expect(worksOn()).rejects.toMatchObject({ code: '57P01' });
    await worksOn();
  });
});
