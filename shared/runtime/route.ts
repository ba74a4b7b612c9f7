import type { z } from 'zod';
import type { Caller } from './auth.ts';
import { HttpProblem } from './problem.ts';

type Shape = z.ZodObject;

/** What a route's handler gets: everything checked, nothing raw. */
type RouteRequest<Params extends Shape, Query extends Shape> = Readonly<{
  params: z.output<Params>;
  query: z.output<Query>;
  caller: Caller;
}>;

/** One operation of an HTTP function: the router and the OpenAPI document are both made from it. */
export type Route<
  Params extends Shape = Shape,
  Query extends Shape = Shape,
  Body extends z.ZodType = z.ZodType,
> = Readonly<{
  method: 'GET';
  /** With `{name}` for each parameter; a `{tenantId}` must be the caller's own. */
  path: string;
  /** OpenAPI operationId. */
  id: string;
  summary: string;
  /** The scope a token needs. */
  scope: string;
  params: Params;
  query: Query;
  response: Body;
  /** What else it may answer, by status, for the document. */
  problems?: Readonly<Record<number, string>>;
  handle: (request: RouteRequest<Params, Query>) => Promise<z.input<Body>>;
}>;

/** A route in a table of routes: its handler takes what its own schemas gave. */
export type AnyRoute = Omit<Route, 'handle'> &
  Readonly<{ handle: (request: RouteRequest<Shape, Shape>) => Promise<unknown> }>;

/** Declares a route; exists so that the handler's types follow from the schemas. */
export const defineRoute = <Params extends Shape, Query extends Shape, Body extends z.ZodType>(
  route: Route<Params, Query, Body>,
): AnyRoute => route as unknown as AnyRoute;

/** Finds the route of a request and its raw path parameters. */
export const createMatcher = (routes: readonly AnyRoute[]) => {
  const compiled = routes.map((route) => ({ route, pattern: toPattern(route.path) }));
  return (
    method: string,
    path: string,
  ): Readonly<{ route: AnyRoute; params: Record<string, string> }> => {
    const candidates = compiled.flatMap(({ route, pattern }) => {
      const match = pattern.exec(path);
      return match === null ? [] : [{ route, params: { ...match.groups } }];
    });
    if (candidates.length === 0)
      throw new HttpProblem(404, 'not-found', 'There is nothing at this path');
    const found = candidates.find(({ route }) => route.method === method);
    if (found !== undefined) return { ...found, params: decodeParams(found.params) };
    const allow = candidates.map(({ route }) => route.method).join(', ');
    throw new HttpProblem(405, 'method-not-allowed', `This path takes ${allow}`, { allow });
  };
};

const toPattern = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll(/[.:]/g, '\\$&').replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);

const decodeParams = (params: Record<string, string>): Record<string, string> => {
  try {
    return Object.fromEntries(
      Object.entries(params).map(([name, value]) => [name, decodeURIComponent(value)]),
    );
  } catch (error) {
    if (error instanceof URIError)
      throw new HttpProblem(400, 'malformed-path', 'The path is not percent-encoded UTF-8');
    throw error;
  }
};
