import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { RecordArchived, Unavailable } from '#shared/domain/errors.ts';
import { servedRoutes } from '#shared/testing/served-routes.ts';
import { HttpProblem } from './problem.ts';
import { reply } from './reply.ts';
import { defineRoute } from './route.ts';

const show = defineRoute({
  method: 'GET',
  path: '/api/v1/tenants/{tenantId}/things/{thing}:show',
  id: 'showThing',
  summary: 'Shows a thing',
  scope: 'things',
  openTo: ['auditor'],
  params: z.object({ tenantId: z.string(), thing: z.string() }),
  query: z.object({ n: z.coerce.number().int().min(1).max(9).default(1) }),
  response: z.object({ thing: z.string(), n: z.number() }),
  handle: ({ params: { thing }, query: { n } }) => {
    if (thing === 'bug') throw new Error('select secret from table');
    if (thing === 'down') throw new Unavailable('redis', 'ECONNREFUSED 10.0.0.7');
    if (thing === 'none') throw new HttpProblem(404, 'thing-unknown', 'There is no thing none');
    if (thing === 'old')
      return Promise.reject(new RecordArchived('thing-archived', 'Thing old was archived'));
    return Promise.resolve({ thing, n });
  },
});

const thing = z.object({
  name: z.string('must be a string'),
  lines: z.array(z.object({ amountMinor: z.int('must be whole') })).default([]),
});

const common = {
  params: z.object({}),
  query: z.object({}),
  scope: 'things',
  summary: 'Does something to things',
} as const;

const create = defineRoute({
  ...common,
  method: 'POST',
  path: '/things',
  id: 'createThing',
  body: thing,
  status: [201, 200],
  response: thing,
  handle: ({ body }) =>
    Promise.resolve(
      body.name === 'standing'
        ? reply({ status: 200, body })
        : reply({ headers: { location: `/things/${body.name}`, etag: '"1"' }, body }),
    ),
});

const onOne = { ...common, path: '/things/{id}', params: z.object({ id: z.string() }) } as const;

const replace = defineRoute({
  ...onOne,
  method: 'PUT',
  id: 'replaceThing',
  ifMatch: 'required',
  response: z.object({ id: z.string(), ifMatch: z.string() }),
  handle: ({ params: { id }, ifMatch }) => {
    if (ifMatch !== '"1"') throw new HttpProblem(412, 'thing-changed', 'The thing was changed');
    return Promise.resolve({ id, ifMatch });
  },
});

const change = defineRoute({
  ...onOne,
  method: 'PATCH',
  id: 'changeThing',
  ifMatch: 'optional',
  status: 202,
  response: z.object({ ifMatch: z.string().nullable() }),
  handle: ({ ifMatch = null }) => Promise.resolve({ ifMatch }),
});

const remove = defineRoute({
  ...onOne,
  method: 'DELETE',
  id: 'removeThing',
  status: 204,
  handle: () => Promise.resolve(),
});

const openapi = '{"openapi":"3.1.0","info":{"title":"things","version":"1.0.0"},"paths":{}}';
const ask = servedRoutes({ routes: [show, create, replace, change, remove], openapi });
const thingPath = '/api/v1/tenants/acme/things';

describe('GET', () => {
  it('answers with what the route returns', async () => {
    const { status, body } = await ask(`${thingPath}/a%20b:show?n=3`);
    expect({ status, body }).toEqual({ status: 200, body: { thing: 'a b', n: 3 } });
  });

  it.each([
    [`${thingPath}/x:show?n=0`, 400, 'invalid-request'],
    [`${thingPath}/x:show?n=abc`, 400, 'invalid-request'],
    [`${thingPath}/%ff:show`, 400, 'malformed-path'],
    [`${thingPath}/none:show`, 404, 'thing-unknown'],
    [`${thingPath}/old:show`, 410, 'thing-archived'],
    [thingPath, 404, 'not-found'],
    ['/api/v1/tenants/other/things/x:show', 403, 'tenant-forbidden'],
    [`${thingPath}/down:show`, 503, 'redis-unavailable'],
    [`${thingPath}/bug:show`, 500, 'internal-error'],
  ])('answers %s with %i %s', async (path, status, code) => {
    expect(await ask(path)).toMatchObject({ status, body: { status, code } });
  });

  it('names the parameter that is wrong', async () => {
    const { body } = await ask(`${thingPath}/x:show?n=0`);
    expect(body?.['detail']).toContain('query parameter n: ');
  });

  it.each(['bug', 'down'])('keeps its inside to itself when it fails: %s', async (name) => {
    const { text } = await ask(`${thingPath}/${name}:show`);
    expect(text).not.toMatch(/select|10\.0\.0\.7|at /);
  });

  it('refuses a token without any of the scopes that open the route', async () => {
    const authorization = 'acme s other';
    expect(await ask(`${thingPath}/x:show`, { headers: { authorization } })).toMatchObject({
      status: 403,
      body: { code: 'scope-missing', detail: 'Scope things or auditor is required' },
    });
  });

  it('takes a token with another scope that opens the route', async () => {
    const headers = { authorization: 'acme s auditor' };
    expect(await ask(`${thingPath}/x:show`, { headers })).toMatchObject({ status: 200 });
  });
});

describe('a body', () => {
  const post = (body: unknown, headers = {}) => ask('/things', { method: 'POST', body, headers });

  it('reaches the handler as its schema parses it, and the answer has the usual status and headers', async () => {
    expect(await post({ name: 'pen', surplus: 1 })).toMatchObject({
      status: 201,
      headers: { location: '/things/pen', etag: '"1"', 'content-type': 'application/json' },
      body: { name: 'pen', lines: [] },
    });
  });

  it('may be answered with another status than the usual', async () => {
    expect(await post({ name: 'standing' })).toMatchObject({ status: 200 });
  });

  it('is refused by the path of each field that does not fit', async () => {
    const { status, body } = await post({ name: 1, lines: [{ amountMinor: 0.5 }] });
    expect({ status, code: body?.['code'], detail: body?.['detail'] }).toEqual({
      status: 400,
      code: 'invalid-request',
      detail: 'body name: must be a string; body lines.0.amountMinor: must be whole',
    });
  });

  it.each([['[]'], ['null'], ['"text"'], ['1']])(
    'is refused as a whole when it is %s',
    async (body) => {
      const answer = await post(body);
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
      expect(answer.body?.['detail']).toMatch(/^body: /);
    },
  );

  it.each([['{"name":'], [''], ['{"name":"pen"}x'], ["{'name':1}"]])(
    'is refused when it is no JSON: %s',
    async (body) => {
      const answer = await post(body);
      expect(answer).toMatchObject({ status: 400, body: { code: 'malformed-json' } });
      expect(answer.text).not.toContain('name');
    },
  );

  it.each([
    ['text/plain', 415],
    ['application/jsonp', 415],
    ['application/json; charset=utf-8', 201],
    ['Application/JSON', 201],
  ])('of type %s is answered %i', async (contentType, status) => {
    const answer = await post({ name: 'pen' }, { 'content-type': contentType });
    expect(answer.status).toBe(status);
    if (status === 415) expect(answer.body?.['code']).toBe('unsupported-media-type');
  });

  it('is refused when it is compressed', async () => {
    const answer = await post({ name: 'pen' }, { 'content-encoding': 'gzip' });
    expect(answer).toMatchObject({ status: 415, body: { code: 'unsupported-media-type' } });
  });

  it('is refused when it is larger than 1 MiB', async () => {
    const answer = await post({ name: 'x'.repeat(1_048_576) });
    expect(answer).toMatchObject({ status: 413, body: { code: 'body-too-large' } });
  });

  it('is read only after the token is checked', async () => {
    const answer = await post('no JSON', { authorization: 'acme s other' });
    expect(answer).toMatchObject({ status: 403 });
  });

  it('is found where functions-framework left it', async () => {
    const framework = servedRoutes({
      routes: [create],
      prepare: async (request) => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        Object.assign(request, { rawBody: Buffer.concat(chunks) });
      },
    });
    const answer = await framework('/things', { method: 'POST', body: { name: 'pen' } });
    expect(answer).toMatchObject({ status: 201, body: { name: 'pen' } });
  });
});

describe('If-Match', () => {
  const put = (headers: Record<string, string>) => ask('/things/7', { method: 'PUT', headers });

  it('reaches the handler as the ETag was sent', async () => {
    const answer = await put({ 'if-match': '"1"' });
    expect(answer).toMatchObject({ status: 200, body: { id: '7', ifMatch: '"1"' } });
  });

  it('is the handler’s to evaluate', async () => {
    expect(await put({ 'if-match': '"2"' })).toMatchObject({ status: 412 });
  });

  it('is asked for where it is required', async () => {
    expect(await put({})).toMatchObject({ status: 428, body: { code: 'if-match-missing' } });
  });

  it('may be omitted where it is optional', async () => {
    const answer = await ask('/things/7', { method: 'PATCH' });
    expect(answer).toMatchObject({ status: 202, body: { ifMatch: null } });
  });

  it.each(['*', 'W/"1"', '"1", "2"', '1', ''])('is refused when it is %s', async (ifMatch) => {
    const answer = await put({ 'if-match': ifMatch });
    expect(answer).toMatchObject({ status: 400, body: { code: 'if-match-malformed' } });
  });
});

describe('204', () => {
  it('has no body, no type and no length', async () => {
    const { status, text, headers } = await ask('/things/7', { method: 'DELETE' });
    expect({ status, text }).toEqual({ status: 204, text: '' });
    expect(Object.keys(headers)).not.toContain('content-type');
    expect(Object.keys(headers)).not.toContain('content-length');
  });
});

describe('405', () => {
  it.each(['GET', 'HEAD', 'OPTIONS', 'POST'])(
    'answers %s with the methods of the path',
    async (method) => {
      const { status, headers } = await ask('/things/7', { method });
      expect([status, headers['allow']]).toEqual([405, 'PUT, PATCH, DELETE']);
    },
  );
});

describe('/openapi.json and /docs', () => {
  const anyone = { headers: { authorization: '' } };

  it('show the document to anyone', async () => {
    expect((await ask('/openapi.json', anyone)).text).toBe(openapi);
    expect(await ask('/docs', anyone)).toMatchObject({
      status: 200,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'x-content-type-options': 'nosniff',
      },
      text: expect.stringContaining('<redoc spec-url="openapi.json">') as string,
    });
  });

  it('contain all scripts, and allow no others', async () => {
    const { text, headers } = await ask('/docs', anyone);
    const policy = String(headers['content-security-policy']).split('; ');
    expect(policy).toEqual(expect.arrayContaining(["default-src 'none'", "script-src 'self'"]));
    expect(text).not.toMatch(/<script>|<script [^>]*>[^<]|\son\w+=|https?:/);
    const scripts = [...text.matchAll(/<script src="([^"]+)">/g)].map(([, path]) => path);
    expect(scripts).toEqual(['docs/redoc.js']);
    expect(await ask('/docs/redoc.js', anyone)).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/javascript; charset=utf-8' },
      text: expect.stringContaining('redoc') as string,
    });
  });

  it('accept only GET', async () => {
    for (const path of ['/openapi.json', '/docs', '/docs/redoc.js'])
      expect(await ask(path, { method: 'POST' })).toMatchObject({
        status: 405,
        headers: { allow: 'GET' },
      });
  });
});
