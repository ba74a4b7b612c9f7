import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { servedRoutes } from '#shared/testing/served-routes.ts';
import { HttpProblem } from '../problem.ts';
import { defineRoute } from '../route.ts';
import type { AccessRefusal } from './access-refusal.ts';

const one = '3c7f4c2e-8d0a-5f0e-9a52-0d6a5c1b7e11';
const other = '6f9b1c52-5d0e-4a3e-9f5c-1a2b3c4d5e6f';

const common = { scope: 'things', summary: 'Finds no thing', query: z.object({}) } as const;
const missing = (detail: string) => Promise.reject(new HttpProblem(404, 'thing-unknown', detail));
const routes = [
  defineRoute({
    ...common,
    method: 'GET',
    path: '/tenants/{tenantId}/things/{id}',
    id: 'getThing',
    params: z.object({ tenantId: z.string(), id: z.string() }),
    handle: () => missing('There is no such thing'),
  }),
  defineRoute({
    ...common,
    method: 'POST',
    path: '/things',
    id: 'findThings',
    params: z.object({}),
    body: z.object({ ids: z.array(z.string()) }),
    handle: ({ body: { ids } }) =>
      ids.length === 0
        ? Promise.reject(new HttpProblem(403, 'tenant-forbidden', 'Of another tenant'))
        : missing(`There are no things ${ids.join(', ')}`),
  }),
];

const served = (onRefused: (refusal: AccessRefusal) => Promise<void>) =>
  servedRoutes({ routes, onRefused });

const reported: AccessRefusal[] = [];
const ask = served((refusal) => {
  reported.push(refusal);
  return Promise.resolve();
});
const reportedBy = async (path: string, asked: Parameters<typeof ask>[1] = {}) => {
  reported.length = 0;
  const { status } = await ask(path, asked);
  return {
    status,
    reported: reported.map(({ caller, ...rest }) => ({ ...rest, tenant: caller.tenantId })),
  };
};

describe('onRefused', () => {
  it.each(['acme s things', 'acme s other'])(
    'records who requested another tenant by its path: %s',
    async (authorization) => {
      const path = '/tenants/other/things/a';
      expect(await reportedBy(path, { headers: { authorization } })).toEqual({
        status: 403,
        reported: [{ tenant: 'acme', method: 'GET', path, tenantId: 'other', ids: [] }],
      });
    },
  );

  it('records the ids under which nothing was found, of the path and of the body, each once', async () => {
    const path = `/tenants/acme/things/${one.toUpperCase()}`;
    const found = { tenant: 'acme', tenantId: undefined };
    expect(await reportedBy(path)).toEqual({
      status: 404,
      reported: [{ ...found, method: 'GET', path, ids: [one] }],
    });
    const body = { ids: [one, other, one] };
    expect(await reportedBy('/things', { method: 'POST', body })).toEqual({
      status: 404,
      reported: [{ ...found, method: 'POST', path: '/things', ids: [one, other] }],
    });
  });

  it('records that the body names another tenant, and not which', async () => {
    expect(await reportedBy('/things', { method: 'POST', body: { ids: [] } })).toEqual({
      status: 403,
      reported: [{ tenant: 'acme', method: 'POST', path: '/things', tenantId: undefined, ids: [] }],
    });
    expect(
      (await reportedBy('/things?tenantId=other', { method: 'POST', body: { ids: [] } })).reported,
    ).toMatchObject([{ tenantId: 'other' }]);
  });

  it.each([
    ['/tenants/acme/things/a', 'acme s things', 404],
    ['/tenants/acme/things/a', 'acme s other', 403],
    ['/nothing', 'acme s things', 404],
  ])('ignores what is no other tenant’s: %s by %s', async (path, authorization, status) => {
    expect(await reportedBy(path, { headers: { authorization } })).toEqual({
      status,
      reported: [],
    });
  });

  it('never hides the refusal when it fails', async () => {
    const failing = served(() => Promise.reject(new Error('no database')));
    expect(await failing('/tenants/other/things/a')).toMatchObject({
      status: 403,
      body: { code: 'tenant-forbidden' },
    });
  });
});
