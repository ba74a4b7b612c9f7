import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { issueToken, tokenClaims } from '#scripts/platform/issue-token.ts';
import { authenticator } from '#shared/runtime/http/access/auth.ts';
import type { AnyRoute } from '#shared/runtime/http/route.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { accessAudit } from '#shared/stores/postgres/journal/access-audit.ts';
import { idempotentRequests } from '#shared/stores/postgres/journal/idempotent-requests.ts';
import { servedRoutes } from './served-routes.ts';

/** A request that succeeds for acme: real ids in its path, a body that fits. */
export type Example = Readonly<{
  /** Further parameters; tenantId is acme. */
  path?: Readonly<Record<string, string>>;
  query?: string;
  body?: unknown;
  ifMatch?: string;
  /** The media type of a body that is not JSON. */
  mediaType?: string;
  /**
   * Set where the operation concerns only the token's tenant: a stranger may succeed, with their
   * own data.
   */
  ofToken?: true;
}>;

/**
 * A request for each operation, by its id; created again for each, because operations change their
 * resources.
 */
type Examples = Readonly<Record<string, () => Example | Promise<Example>>>;

type Operation = Readonly<{
  operationId: string;
  security: unknown;
  responses: Readonly<Record<string, object>>;
}>;

type Operations = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

type Served = Readonly<{
  openapi: Readonly<{ paths: Operations }>;
  /** The routes on the database `sql`, where tenant `other` exists and has nothing. */
  routes: readonly AnyRoute[];
  sql: Sql;
  examples: Examples;
}>;

const secret = 'a-secret-of-tests-with-32-characters';

/**
 * Tests each operation of a document with real tokens: without one it answers 401, without its
 * scope 403, and with another tenant's 403 or 404, by the path of acme and by their own path with
 * acme's ids. Each attempt on another tenant's data is recorded in the change log, and nothing
 * changes. An operation without an example fails.
 */
export const testClosedOperations = ({ openapi, routes, sql, examples }: Served): void => {
  const scopes = [...new Set(routes.map(({ scope }) => scope))];
  const send = servedRoutes({
    routes,
    idempotency: idempotentRequests(sql),
    onRefused: accessAudit(sql),
    authenticate: authenticator({ AUTH_MODE: 'jwt', AUTH_JWT_SECRET: secret, ...tokenClaims }),
  });
  const ask = async (asked: Asked, tenantId?: string, granted = scopes) => {
    const token = tenantId && (await issueToken({ secret, tenantId, scopes: granted }));
    const { method, body, ifMatch, mediaType } = asked;
    const headers = {
      authorization: token === undefined ? '' : `Bearer ${token}`,
      'idempotency-key': randomUUID(),
      ...(ifMatch !== undefined && { 'if-match': ifMatch }),
      ...(mediaType !== undefined && { 'content-type': mediaType }),
    };
    return send(asked.url, { method, headers, body });
  };
  const lastAudit = async () =>
    (await sql<{ last: number }[]>`select coalesce(max(audit_no), 0) as last from audit_log`)[0]
      ?.last ?? 0;
  const triesSince = (last: number) => sql`
    select tenant_id as tenant, resource, after ->> 'tenantId' as asked from audit_log
    where audit_no > ${last} and action = 'access.refused'`;

  /**
   * Sends as a stranger requests that must be refused, be recorded in the change log, and change
   * nothing of acme.
   */
  const expectRefused = async (asked: Asked) => {
    const before = await digestOf(sql);
    const last = await lastAudit();
    const answer = await ask(asked, 'other');
    expect([403, 404], answer.text).toContain(answer.status);
    const resource = `${asked.method} ${asked.url.split('?')[0] ?? ''}`;
    expect(await triesSince(last)).toMatchObject([{ tenant: 'other', resource }]);
    expect(await digestOf(sql)).toBe(before);
  };
  /** Sends as a stranger requests that may succeed, but change and reveal nothing of acme. */
  const expectHarmless = async (asked: Asked) => {
    const before = await digestOf(sql);
    const { status, text } = await ask(asked, 'other');
    expect(status, text).toBeLessThan(500);
    if (asked.method === 'GET' && status < 300) expect(text).not.toMatch(/acme/i);
    expect(await digestOf(sql)).toBe(before);
  };

  const operations = operationsOf(openapi.paths);
  describe.each(operations)('$operationId: $method $path', (operation) => {
    const { operationId, method, path, responses } = operation;
    const example = async () => {
      const make = examples[operationId];
      expect(make, `${operationId} has an example`).toBeDefined();
      return (await make?.()) ?? {};
    };
    const requestOf = (one: Example, tenantId: string): Asked => ({
      method,
      url: fill(path, { tenantId, ...one.path }) + (one.query ?? ''),
      body: one.body,
      ifMatch: one.ifMatch,
      mediaType: one.mediaType,
    });

    it('is closed without a token and without its scope', async () => {
      const asked = requestOf(await example(), 'acme');
      expect(await ask(asked)).toMatchObject({ status: 401, body: { code: 'token-missing' } });
      const route = routes.find(({ id }) => id === operationId);
      const others = scopes.filter((scope) => scope !== route?.scope);
      expect(await ask(asked, 'acme', others)).toMatchObject({
        status: 403,
        body: { code: 'scope-missing' },
      });
    });

    it('is closed to another tenant, whose attempt is recorded in the change log', async () => {
      const one = await example();
      const byPath = requestOf(one, 'acme');
      await (one.ofToken === true ? expectHarmless(byPath) : expectRefused(byPath));
      if (!path.includes('{tenantId}')) return;
      const inTheirs = requestOf(one, 'other');
      const namesIds = /[0-9a-f]{8}-[0-9a-f]{4}-/.test(inTheirs.url);
      await (namesIds ? expectRefused(inTheirs) : expectHarmless(inTheirs));
    });

    it('is open to those it is meant for', async () => {
      const { status, text, headers } = await ask(requestOf(await example(), 'acme'), 'acme');
      expect(status, text).toBeLessThan(300);
      const response: { headers?: object } = responses[status] ?? {};
      const documented = Object.keys(response.headers ?? {}).map((name) => name.toLowerCase());
      const expected = ['etag', 'location'].filter((header) => documented.includes(header));
      const sent = ['etag', 'location'].filter((header) => header in headers);
      expect(sent, 'the headers that its document names').toEqual(expected);
    });
  });
};

type Asked = Readonly<{
  method: string;
  url: string;
  body: unknown;
  ifMatch: string | undefined;
  mediaType?: string | undefined;
}>;

const operationsOf = (paths: Operations) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, responses }]) => ({
      operationId,
      responses,
      method: method.toUpperCase(),
      path,
    })),
  );

const fill = (path: string, values: Readonly<Record<string, string>>): string =>
  path.replaceAll(/\{(\w+)\}/g, (_placeholder, name: string) => {
    const value = values[name];
    expect(value, `the example names ${name}`).toBeDefined();
    return encodeURIComponent(value ?? '');
  });

/** Everything of acme in all tables, and all unpublished events. */
const digestOf = async (sql: Sql): Promise<string> => {
  const tables = await sql<{ name: string }[]>`
    select table_name as name from information_schema.columns join information_schema.tables using (table_schema, table_name)
    where table_schema = 'public' and column_name = 'tenant_id' and table_type = 'BASE TABLE' order by 1`;
  const digests = tables.map(
    ({ name }) =>
      `(select md5(coalesce(string_agg(t::text, ' ' order by t::text), '')) from ${name} t where tenant_id = 'acme')`,
  );
  const waiting = `(select count(*)::text from outbox)`;
  const [row] = await sql.unsafe<{ digest: string }[]>(
    `select concat_ws(' ', ${[...digests, waiting].join(', ')}) as digest`,
  );
  return row?.digest ?? '';
};
