/**
 * Writes what is generated from the code: the OpenAPI document of each HTTP function and the schema
 * of events of incentives in Avro, in docs/api, the types of our clients, and the dashboards.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { incentiveEventSchema } from '#shared/eventing/avro/incentive-event-schema.ts';
import type { AnyRoute } from '#shared/runtime/http/route.ts';
import { functionNames, isApi } from './build.ts';
import { writeClientTypes } from './docs/client-types.ts';
import { openapiDocument } from './docs/openapi-document.ts';
import { dashboardFiles } from './monitoring/dashboard-files.ts';

const root = new URL('../', import.meta.url).pathname;

type RoutesModule = Readonly<{ routes: (dependencies: never) => readonly AnyRoute[] }>;

/** The generated documents, by file. */
export const openapiFiles = async (): Promise<ReadonlyMap<string, string>> => {
  const files = new Map<string, string>();
  for (const name of (await functionNames()).filter(isApi)) {
    const module = `${root}functions/${name}/routes.ts`;
    const { routes } = (await import(module)) as RoutesModule;
    // The table is declared before any handler runs, and no handler runs here.
    const document = openapiDocument(name, routes({} as never));
    files.set(`docs/api/${name}.openapi.json`, `${JSON.stringify(document, null, 2)}\n`);
  }
  return files;
};

if (import.meta.main) {
  await mkdir(`${root}docs/api`, { recursive: true });
  for (const [file, text] of await openapiFiles()) {
    await writeFile(root + file, text);
    console.log(file);
  }
  for (const [file, text] of dashboardFiles()) {
    await writeFile(root + file, text);
    console.log(file);
  }
  const schema = `${JSON.stringify(incentiveEventSchema, null, 2)}\n`;
  await writeFile(`${root}docs/api/incentive-event.avsc`, schema);
  await writeClientTypes();
}
