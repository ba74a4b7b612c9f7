import { join } from 'node:path';

const logging = join(import.meta.dirname, 'log4j2.properties');

/** The jars of a server in Java, and its heap. */
export type Java = Readonly<{ jars: string; heapMb: readonly [first: number, most: number] }>;

/**
 * The command of a server in Java. With the C1 compiler and the serial collector, small servers
 * start sooner and use less of the two cores.
 */
export const javaCommand = (
  { jars, heapMb: [first, most] }: Java,
  ...options: string[]
): [file: string, ...args: string[]] => [
  'java',
  '-XX:TieredStopAtLevel=1',
  '-XX:+UseSerialGC',
  `-Xms${first}m`,
  `-Xmx${most}m`,
  `-Dlog4j2.configurationFile=${logging}`,
  '-cp',
  join(jars, '*'),
  ...options,
];
