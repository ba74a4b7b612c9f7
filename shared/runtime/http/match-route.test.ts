import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createMatcher } from './match-route.ts';
import { type AnyRoute, defineRoute } from './route.ts';

const route = (method: AnyRoute['method'], path: string) =>
  defineRoute({
    method,
    path,
    id: `${method} ${path}`,
    summary: '',
    scope: '',
    params: z.object({}),
    query: z.object({}),
    handle: () => Promise.resolve(),
  });

const match = createMatcher([
  route('GET', '/things/{id}'),
  route('POST', '/things/{id}'),
  route('POST', '/things/{id}:activate'),
  route('POST', '/things/{id}:pause'),
  route('GET', '/things/{id}/parts/{part}'),
  route('GET', '/things/latest'),
]);

const find = (method: string, path: string) => {
  const found = match(method, path);
  return [found.route.id, found.params];
};

describe('createMatcher', () => {
  it.each([
    ['POST', '/things/7:activate', 'POST /things/{id}:activate', { id: '7' }],
    ['POST', '/things/7:pause', 'POST /things/{id}:pause', { id: '7' }],
    ['POST', '/things/7', 'POST /things/{id}', { id: '7' }],
    ['POST', '/things/a%3Ab:pause', 'POST /things/{id}:pause', { id: 'a:b' }],
    ['GET', '/things/a:b/parts/c:d', 'GET /things/{id}/parts/{part}', { id: 'a:b', part: 'c:d' }],
    ['GET', '/things/latest', 'GET /things/latest', {}],
    ['GET', '/things/7', 'GET /things/{id}', { id: '7' }],
  ])('%s %s is %s', (method, path, id, params) => {
    expect(find(method, path)).toEqual([id, params]);
  });

  it('does not take a parameter that is empty', () => {
    expect(() => find('POST', '/things/')).toThrow('No resource at this path');
  });

  it('leaves what it does not know to the longer parameter', () => {
    expect(find('POST', '/things/7:unknown')).toEqual(['POST /things/{id}', { id: '7:unknown' }]);
  });

  it('names each method of a path once, and those of that path alone', () => {
    expect(() => find('DELETE', '/things/7')).toThrow('Allowed methods: GET, POST');
    expect(() => find('GET', '/things/7:activate')).toThrow(/^Allowed methods: POST$/);
    expect(() => find('DELETE', '/things/7:activate')).toThrow(/^Allowed methods: POST$/);
    expect(() => find('POST', '/things/latest')).toThrow('Allowed methods: GET');
  });
});
