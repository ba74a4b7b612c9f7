import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Source } from '#shared/domain/matching/profile.ts';
import { identityWorld, type TestRecord } from '#shared/testing/worlds/identity-world.ts';
import { routes } from './routes.ts';
import { stores } from './stores.ts';

const { ask, base, deliver, officer } = await identityWorld((clients) => routes(stores(clients)));
const page = readFileSync(new URL('../../docs/customers.md', import.meta.url), 'utf8');

/** The records that the page writes to files, by source. */
const recordsOf = (source: Source): readonly TestRecord[] => {
  const [, lines = ''] =
    new RegExp(`cat > ${source}-people.ndjson <<'END'\n([^]*?)\nEND`).exec(page) ?? [];
  return lines.split('\n').map((line) => {
    const { recordId, accountId, ...given } = JSON.parse(line) as Record<string, string>;
    return { source, recordId: recordId ?? '', ...(accountId && { accountId }), given };
  });
};

/** The requests of the page, in the order in which they are there. */
const requests = Array.from(
  page.matchAll(/^ask (?:-X (\w+) )?"\$IDENTITY(\S+)"(?: -d '(.*)')?/gm),
  ([line, method, path = '', body]) => ({
    line,
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    path: base + path,
    body: body === undefined ? undefined : (JSON.parse(body) as unknown),
  }),
);

it('every command of the page about customers works as it is', async () => {
  expect(page.match(/^ask /gm)).toHaveLength(requests.length);
  await deliver(...recordsOf('dotnet'));
  await deliver(...recordsOf('store'));
  const answers = new Map<string, Awaited<ReturnType<typeof ask>>>();
  for (const { line, method, path, body } of requests) {
    const answer = await ask(method, path, { body, bearer: officer });
    expect(answer.status, `${line}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
    answers.set(`${method} ${path.slice(base.length)}`, answer);
  }
  const found = answers.get('POST /unified-customers:search')?.body;
  expect(found).toMatchObject({ customers: [{ customerId: 1 }] });
  expect(answers.get('POST /unified-customers/1:merge')?.body).toMatchObject({
    mergedCustomers: [2],
  });
  expect(answers.get('GET /unified-customers/2/erasure')?.body).toMatchObject({
    status: 'PENDING',
  });
});
