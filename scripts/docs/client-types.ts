import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import openapiTypes, { astToString } from 'openapi-typescript';

const documents = new URL('../../docs/api/', import.meta.url);
const generated = new URL('../../clients/generated/', import.meta.url);

/**
 * Writes clients/generated, which is not committed: the types of each API, from its OpenAPI
 * document in docs/api.
 */
export const writeClientTypes = async (): Promise<void> => {
  await mkdir(generated, { recursive: true });
  const files = (await readdir(documents)).filter((file) => file.endsWith('.openapi.json'));
  for (const file of files) {
    const types = await openapiTypes(await readFile(new URL(file, documents), 'utf8'), {
      // A request may leave out a field that has a default.
      defaultNonNullable: false,
    });
    await writeFile(new URL(file.replace('.openapi.json', '.ts'), generated), astToString(types));
  }
};

if (import.meta.main) await writeClientTypes();
