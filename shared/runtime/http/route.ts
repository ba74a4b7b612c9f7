import type { z } from 'zod';
import type { Caller } from './access/auth.ts';
import type { BodyStream } from './body/body-stream.ts';
import type { Reply, SuccessStatus } from './reply.ts';

type Shape = z.ZodObject;

/** What a route's handler gets: only validated values. */
type RouteRequest<
  Params extends Shape,
  Query extends Shape,
  Body extends z.ZodType,
  Idempotent extends boolean,
> = Readonly<{
  params: z.output<Params>;
  query: z.output<Query>;
  body: z.output<Body>;
  /** The body of a route with `streams`. */
  stream?: BodyStream | undefined;
  caller: Caller;
  /**
   * The strong entity tag of If-Match, quotes included, as `etag` sent it; only if the route sets
   * `ifMatch`.
   */
  ifMatch: string | undefined;
  /**
   * The Idempotency-Key of this request. The handler must key its effect on it, because it may run
   * again after a crash; it is unique per tenant and caller only, so a derived id takes in
   * `caller.subject` as well.
   */
  idempotencyKey: Idempotent extends true ? string : undefined;
}>;

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One operation of an HTTP function: the router and the OpenAPI document are both made from it. */
type Route<
  Params extends Shape,
  Query extends Shape,
  Body extends z.ZodType,
  Response extends z.ZodType,
  Idempotent extends boolean,
> = Readonly<{
  method: Method;
  /**
   * With `{name}` for each parameter and `:verb` behind one if need be; a `{tenantId}` must be the
   * caller's own.
   */
  path: string;
  /** OpenAPI operationId. */
  id: string;
  summary: string;
  /** The scope a token needs. */
  scope: string;
  /** Other scopes that open the route as well, such as a role's. */
  openTo?: readonly string[];
  params: Params;
  query: Query;
  /** What it takes as application/json; without it a body is not read. */
  body?: Body;
  /**
   * Media types that it accepts as a stream instead of `body`. Its effect must be keyed on
   * something in the request: an Idempotency-Key is ignored.
   */
  streams?: readonly string[];
  /** Whether it takes an If-Match, or cannot do without; without it the header is ignored. */
  ifMatch?: 'optional' | 'required';
  /**
   * Requires an Idempotency-Key, because repeating it would do it twice. Every other write accepts
   * one, too.
   */
  idempotent?: Idempotent;
  /**
   * Its answer has a secret and is not stored: the handler recognises a repeated request by its
   * key.
   */
  answersSecret?: true;
  /** The headers of its success, for the document. */
  sends?: readonly ('etag' | 'location')[];
  /** Defaults to 200; with several, the first, unless the reply sets another. */
  status?: SuccessStatus | readonly [SuccessStatus, ...SuccessStatus[]];
  /** Without it the answer has no body. */
  response?: Response;
  /** What else it may answer, by status, for the document. */
  problems?: Readonly<Record<number, string>>;
  handle: (
    request: RouteRequest<Params, Query, Body, Idempotent>,
  ) => Promise<z.input<Response> | Reply<z.input<Response>>>;
}>;

/** What the handler of any route gets. */
export type AnyRequest = RouteRequest<Shape, Shape, z.ZodType, boolean>;

/** A route in a table of routes: its handler takes what its own schemas gave. */
export type AnyRoute = Omit<Route<Shape, Shape, z.ZodType, z.ZodType, boolean>, 'handle'> &
  Readonly<{ handle: (request: AnyRequest) => Promise<unknown> }>;

/** Declares a route; exists so that the handler's types follow from the schemas. */
export const defineRoute = <
  Params extends Shape,
  Query extends Shape,
  Body extends z.ZodType = z.ZodUndefined,
  Response extends z.ZodType = z.ZodVoid,
  Idempotent extends boolean = false,
>(
  route: Route<Params, Query, Body, Response, Idempotent>,
): AnyRoute => route as unknown as AnyRoute;

/** Whether a route changes anything; a POST that is a dry run does not. */
export const isWrite = ({ method, scope }: Pick<AnyRoute, 'method' | 'scope'>): boolean =>
  method !== 'GET' && !scope.endsWith(':read');

/** The statuses a route succeeds with, its usual one first. */
export const successStatuses = ({
  status = 200,
}: AnyRoute): readonly [SuccessStatus, ...SuccessStatus[]] =>
  typeof status === 'number' ? [status] : status;
