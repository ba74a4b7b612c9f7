import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { findOnPath } from './find-on-path.ts';
import { freePort } from './free-port.ts';
import { kafkaJars, kafkaJarsDirectory } from './kafka/kafka-jars.ts';
import { serverProperties } from './kafka/server-properties.ts';
import { localServer } from './local-server.ts';
import { runCommand } from './run-command.ts';
import type { Service, ServiceContext } from './service.ts';

const logging = join(import.meta.dirname, 'kafka', 'log4j2.properties');

/**
 * The quick compiler and the simple collector: at this size they start sooner and leave more of the
 * two cores.
 */
const java = (jars: string, ...options: string[]): [file: string, ...args: string[]] => [
  'java',
  '-XX:TieredStopAtLevel=1',
  '-XX:+UseSerialGC',
  '-Xms256m',
  '-Xmx512m',
  `-Dlog4j2.configurationFile=${logging}`,
  '-cp',
  join(jars, '*'),
  ...options,
];

/**
 * What keeps Kafka from running on this machine, as a sentence that says what to install; undefined
 * when nothing.
 */
export const kafkaObstacle = async (cache: string): Promise<string | undefined> => {
  if (!findOnPath('java')) {
    return 'Kafka needs Java 17 or newer (Debian, Ubuntu: apt-get install openjdk-17-jre-headless; macOS: brew install openjdk@17)';
  }
  if (findOnPath('mvn') || existsSync(await kafkaJarsDirectory(cache))) return undefined;
  return 'Kafka is fetched by Maven (Debian, Ubuntu: apt-get install maven; macOS: brew install maven)';
};

/** StorageTool wants 16 bytes in base64; any will do for a cluster of one. */
const clusterId = Buffer.from('guerdon-local-01').toString('base64url');

const answers = async (broker: string): Promise<boolean> => {
  const kafka = new Kafka({
    brokers: [broker],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 500,
    retry: { retries: 0 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    return brokers.length > 0;
  } finally {
    await admin.disconnect();
  }
};

type KafkaContext = ServiceContext & Readonly<{ cache: string }>;

/**
 * One Apache Kafka 4 node (KRaft) from Maven Central, on free ports; new storage is formatted
 * first.
 */
export const startKafka = async ({ directory, cache, say }: KafkaContext): Promise<Service> => {
  const obstacle = await kafkaObstacle(cache);
  if (obstacle) throw new Error(`${obstacle}, or set KAFKA_BROKERS`);
  const jars = await kafkaJars(cache, say);
  const dataDirectory = join(directory, 'data');
  const properties = join(directory, 'server.properties');
  const [port, controllerPort] = [await freePort(), await freePort()];
  await mkdir(dataDirectory, { recursive: true });
  await writeFile(properties, serverProperties({ port, controllerPort, dataDirectory }));
  if (!existsSync(join(dataDirectory, 'meta.properties'))) {
    say('formatting storage');
    const format = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', properties];
    await runCommand(java(jars, ...format));
  }
  say('starting');
  const url = `127.0.0.1:${port}`;
  const server = localServer({
    name: 'Kafka',
    directory,
    command: java(jars, 'kafka.Kafka', properties),
    stopSignal: 'SIGTERM',
    isReady: () => answers(url),
  });
  await server.start();
  return { url, server };
};
