import { fileURLToPath } from 'node:url';
import type { Servers } from '#scripts/bench/core/server.ts';
import { freePort } from '#scripts/services/free-port.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * An event as a KafkaSource delivers it: a record's headers as attributes, its value as the body.
 */
export type DeliveredEvent = Readonly<{ headers: Readonly<Record<string, string>>; body: string }>;

/** A function that runs from its sources and counts which of them a delivery runs through. */
type ObservedFunction = Readonly<{
  /**
   * Delivers an event and returns our TypeScript files that ran for it.
   * @throws Error when it is not acknowledged.
   */
  deliver: (event: DeliveredEvent) => Promise<readonly string[]>;
}>;

type Options = Readonly<{
  name: string;
  environment: Readonly<Record<string, string>>;
}>;

/** Starts a function among servers, which are ended together, and waits until it listens. */
export const observedFunction = async (
  servers: Pick<Servers, 'start'>,
  { name, environment }: Options,
): Promise<ObservedFunction> => {
  const filesPort = await freePort();
  const { port } = await servers.start({
    name,
    node: [
      `--import=${root}scripts/count-files/report-files.ts`,
      `${root}functions/${name}/index.ts`,
    ],
    environment: { ...environment, FILES_PORT: String(filesPort) },
  });
  const filesThatRan = async () =>
    (await (await fetch(`http://127.0.0.1:${filesPort}`)).json()) as readonly string[];
  return {
    deliver: async ({ headers, body }) => {
      await filesThatRan();
      const answer = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', headers, body });
      if (answer.status === 204) return filesThatRan();
      throw new Error(`${name} answered ${answer.status}: ${await answer.text()}`);
    },
  };
};
