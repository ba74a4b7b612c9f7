import { existsSync } from 'node:fs';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Kafka, logLevel } from '#shared/eventing/kafka/kafkajs.ts';
import { freePort } from './free-port.ts';
import { type Java, javaCommand } from './kafka/java-command.ts';
import { type JarSet, javaObstacle, mavenJars } from './kafka/maven-jars.ts';
import { renameOnce } from './kafka/rename-once.ts';
import { serverProperties } from './kafka/server-properties.ts';
import { localServer } from './local-server.ts';
import { runCommand } from './run-command.ts';
import type { Service, ServiceContext } from './service.ts';

const kafkaJars: JarSet = {
  subject: 'Apache Kafka',
  prefix: 'kafka',
  pom: join(import.meta.dirname, 'kafka', 'pom.xml'),
};

/**
 * What prevents Kafka from running on this machine, as a sentence with what to install; undefined
 * if nothing.
 */
export const kafkaObstacle = (cache: string): Promise<string | undefined> =>
  javaObstacle(kafkaJars, cache);

/** StorageTool wants 16 bytes in base64; any will do for a cluster of one. */
const clusterId = Buffer.from('guerdon-local-01').toString('base64url');

/**
 * A folder of empty storage to copy, formatted once per pom.xml: formatting takes a JVM of its own.
 */
const emptyStorage = async (java: Java, log: ServiceContext['log']): Promise<string> => {
  const directory = `${java.jars}.storage`;
  if (existsSync(directory)) return directory;
  log('formatting storage');
  const unfinished = `${directory}.${process.pid}`;
  const properties = `${unfinished}.properties`;
  const listeners = { port: 9092, controllerPort: 9093, dataDirectory: unfinished };
  await mkdir(unfinished, { recursive: true });
  await writeFile(properties, serverProperties(listeners));
  const format = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', properties];
  await runCommand(javaCommand(java, ...format));
  await rm(properties);
  await renameOnce(unfinished, directory);
  return directory;
};

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
export const startKafka = async ({ directory, cache, log }: KafkaContext): Promise<Service> => {
  const obstacle = await kafkaObstacle(cache);
  if (obstacle) throw new Error(`${obstacle}, or set KAFKA_BROKERS`);
  const java = { jars: await mavenJars(kafkaJars, cache, log), heapMb: [256, 512] as const };
  const dataDirectory = join(directory, 'data');
  const properties = join(directory, 'server.properties');
  const [port, controllerPort] = [await freePort(), await freePort()];
  await mkdir(dataDirectory, { recursive: true });
  await writeFile(properties, serverProperties({ port, controllerPort, dataDirectory }));
  if (!existsSync(join(dataDirectory, 'meta.properties'))) {
    await cp(await emptyStorage(java, log), dataDirectory, { recursive: true });
  }
  log('starting');
  const url = `127.0.0.1:${port}`;
  const server = localServer({
    name: 'Kafka',
    directory,
    command: javaCommand(java, 'kafka.Kafka', properties),
    stopSignal: 'SIGTERM',
    isReady: () => answers(url),
  });
  await server.start();
  return { url, server };
};
