/** Writes what is generated from the code: the OpenAPI document of each HTTP function, in docs/api, and the client of cms-api. */
import { access, mkdir, writeFile } from 'node:fs/promises';
import type { OpenapiDocument } from '#shared/runtime/http/docs/openapi.ts';
import type { AnyRoute } from '#shared/runtime/http/route.ts';
import { functionNames } from './build.ts';
import { clientText } from './docs/client-text.ts';
import { openapiDocument } from './docs/openapi-document.ts';

const root = new URL('../', import.meta.url).pathname;

type RoutesModule = Readonly<{ routes: (dependencies: never) => readonly AnyRoute[] }>;

/** The documents by file, as they should be. */
export const openapiFiles = async (): Promise<ReadonlyMap<string, string>> => {
  const files = new Map<string, string>();
  for (const name of await functionNames()) {
    const module = `${root}functions/${name}/routes.ts`;
    const hasRoutes = await access(module).then(
      () => true,
      () => false,
    );
    if (!hasRoutes) continue;
    const { routes } = (await import(module)) as RoutesModule;
    // The table is declared before any handler runs, and no handler runs here.
    const document = openapiDocument(name, routes({} as never));
    files.set(`docs/api/${name}.openapi.json`, `${JSON.stringify(document, null, 2)}\n`);
  }
  return files;
};

/** The typed client by file, as it should be. */
export const clientFiles = (
  documents: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> => {
  const document = JSON.parse(
    documents.get('docs/api/cms-api.openapi.json') ?? '',
  ) as OpenapiDocument;
  return new Map([['shared/clients/cms-api.ts', clientText('cms-api', document)]]);
};

if (import.meta.main) {
  await mkdir(`${root}docs/api`, { recursive: true });
  const documents = await openapiFiles();
  for (const [file, text] of [...documents, ...clientFiles(documents)]) {
    await writeFile(root + file, text);
    console.log(file);
  }
}
