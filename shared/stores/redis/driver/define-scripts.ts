import type { RedisConnection } from './connect.ts';

type Script = Readonly<{
  /** The file with its includes in front. */
  lua: string;
  /** Undefined when it varies: the number is then the first argument. */
  numberOfKeys?: number;
}>;

type Command = (...keysAndArguments: readonly (string | number)[]) => Promise<unknown>;

/**
 * Adds scripts to a connection as commands: sent by their hash, and in full where the server does
 * not know them.
 */
export const defineScripts = <Name extends string>(
  redis: RedisConnection,
  scripts: Readonly<Record<Name, Script>>,
): Readonly<Record<Name, Command>> => {
  for (const [name, script] of Object.entries<Script>(scripts)) redis.defineCommand(name, script);
  return redis as unknown as Readonly<Record<Name, Command>>;
};
