/**
 * Where a Redis is: one server, the nodes of a cluster, or the sentinels that know the master of a
 * name.
 */
export type RedisAddress = Readonly<{ isTls: boolean; username?: string; password?: string }> &
  (
    | Readonly<{ kind: 'server'; url: string }>
    | Readonly<{ kind: 'cluster'; nodes: readonly RedisNode[] }>
    | Readonly<{
        kind: 'sentinel';
        nodes: readonly RedisNode[];
        master: string;
        database: number;
        sentinelUsername?: string;
        sentinelPassword?: string;
      }>
  );

/** A server of several. */
export type RedisNode = Readonly<{ host: string; port: number }>;

/**
 * Reads the address of a Redis; user name and password are percent-encoded, `rediss` is TLS:
 *
 * - `redis://user:password@host:6379/0`
 * - `redis+cluster://user:password@host:6379,host:6379`
 * - `redis+sentinel://user:password@host:26379,host:26379/master`, where user and password are those
 *   of the master; after it `?database=0&sentinelUsername=…&sentinelPassword=…` if need be
 *
 * @throws TypeError that names what is wrong, without repeating a password.
 */
export const parseRedisAddress = (url: string): RedisAddress => {
  const parts = pattern.exec(url)?.groups;
  const part = (name: string): string => parts?.[name] ?? '';
  const base = { isTls: part('tls') === 's', ...loginOf(part('login')) };
  switch (part('kind')) {
    case 'cluster':
      return { ...base, kind: 'cluster', nodes: clusterNodes(part('hosts'), part('rest')) };
    case 'sentinel': {
      const nodes = nodesOf(part('hosts'), 26_379);
      return { ...base, kind: 'sentinel', nodes, ...masterOf(part('path'), part('query')) };
    }
    default:
      return { ...base, kind: 'server', url: whole(url) };
  }
};

const pattern =
  /^redis(?<tls>s?)(?:\+(?<kind>cluster|sentinel))?:\/\/(?:(?<login>.*)@)?(?<hosts>[^/?@]*)(?<rest>(?:\/(?<path>[^?]*))?(?:\?(?<query>.*))?)$/;

const clusterNodes = (hosts: string, rest: string): readonly RedisNode[] => {
  if (rest !== '')
    throw new TypeError(
      'a cluster has neither databases nor parameters: nothing may follow its hosts',
    );
  return nodesOf(hosts, 6_379);
};

const whole = (url: string): string => {
  if (!pattern.test(url))
    throw new TypeError(
      'must begin with redis://, rediss://, redis+cluster:// or redis+sentinel://',
    );
  if (URL.canParse(url) && new URL(url).hostname !== '') return url;
  throw new TypeError(
    'is not a URL with one host; for several, use redis+cluster:// or redis+sentinel://',
  );
};

const loginOf = (login: string): Readonly<{ username?: string; password?: string }> => {
  const [username = '', ...rest] = login.split(':').map(decoded);
  const password = rest.join(':');
  return { ...(username !== '' && { username }), ...(password !== '' && { password }) };
};

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError('has a user name or password that is not percent-encoded');
  }
};

const nodesOf = (hosts: string, defaultPort: number): readonly RedisNode[] =>
  hosts.split(',').map((host) => nodeOf(host, defaultPort));

const nodeOf = (text: string, defaultPort: number): RedisNode => {
  const [, host, port] = /^(\[[0-9a-f:.]+\]|[^\s:[\]]+)(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const number = port === undefined ? defaultPort : Number(port);
  if (host === undefined || number < 1 || number > 65_535)
    throw new TypeError(`has a host that is not host:port: "${text}"`);
  return { host: host.replace(/^\[|\]$/g, ''), port: number };
};

const parameters = ['database', 'sentinelUsername', 'sentinelPassword'];

const masterOf = (path: string, query: string) => {
  const given = new URLSearchParams(query);
  const unknown = [...given.keys()].find((name) => !parameters.includes(name));
  if (unknown !== undefined)
    throw new TypeError(`has an unknown parameter "${unknown}"; known: ${parameters.join(', ')}`);
  if (path === '') throw new TypeError('must name the master after the hosts: /mymaster');
  const database = given.get('database') ?? '0';
  if (!/^\d{1,4}$/.test(database))
    throw new TypeError(`has a database that is not a number: "${database}"`);
  const sentinelUsername = given.get('sentinelUsername');
  const sentinelPassword = given.get('sentinelPassword');
  return {
    master: decoded(path),
    database: Number(database),
    ...(sentinelUsername !== null && { sentinelUsername }),
    ...(sentinelPassword !== null && { sentinelPassword }),
  };
};
