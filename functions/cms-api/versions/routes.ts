import { z } from 'zod';
import type { ActivationRefusal, RequestedPeriod } from '#shared/domain/earning/activation.ts';
import { versionMax } from '#shared/eventing/contracts/fields.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { reply } from '#shared/runtime/http/reply.ts';
import { pageQuery, toPage } from '#shared/runtime/http/requests/page.ts';
import { type AnyRoute, defineRoute } from '#shared/runtime/http/route.ts';
import type { ProgramStore } from '#shared/stores/postgres/tenants/program-store.ts';
import type {
  StoredVersion,
  VersionKey,
  VersionKind,
} from '#shared/stores/postgres/tenants/stored-version.ts';
import type { VersionStore } from '#shared/stores/postgres/tenants/version-store.ts';
import type { Dependencies } from '../dependencies.ts';
import { programPath, versionPath } from '../parameters.ts';
import { noProgram } from '../refusals.ts';

/** What rules and tiers do not share: their documents, and how the API names them. */
type Resource<Terms> = Readonly<{
  store: VersionStore<Terms>;
  /** The last part of the path, and the list in a page. */
  kind: VersionKind;
  /** In operation ids: `createRule`, `listRules`. */
  ids: Readonly<{ one: string; many: string }>;
  /** In summaries: "Get a version of a program's earning rule". */
  name: string;
  newVersion: z.ZodType<Readonly<{ terms: Terms; currency?: string }>>;
  activation: z.ZodType<RequestedPeriod>;
  answer: z.ZodType;
  pageAnswer: z.ZodType;
  show: (stored: StoredVersion<Terms>, now: Date) => unknown;
}>;

/** The operations on versions of a program's rules or tiers: list, create, get and activate. */
export const versionRoutes = <Terms extends object>(
  resource: Resource<Terms>,
  { programs, clock }: Pick<Dependencies, 'programs' | 'clock'>,
): readonly AnyRoute[] => [
  listRoute(resource, programs, clock),
  createRoute(resource, clock),
  getRoute(resource, clock),
  activateRoute(resource, clock),
];

type Clock = Dependencies['clock'];

const pathOf = ({ kind }: Readonly<{ kind: VersionKind }>) =>
  `/api/v1/tenants/{tenantId}/programs/{program}/${kind}`;

const listRoute = <Terms extends object>(
  resource: Resource<Terms>,
  programs: ProgramStore,
  clock: Clock,
) =>
  defineRoute({
    method: 'GET',
    path: pathOf(resource),
    id: `list${resource.ids.many}`,
    summary: `List the versions of a program's ${resource.name}, newest first`,
    scope: 'cms:read',
    params: programPath,
    query: pageQuery(z.int().min(1).max(versionMax)),
    response: resource.pageAnswer,
    problems: { 404: 'The program does not exist' },
    handle: async ({ params: key, query: { limit, cursor } }) => {
      const { store } = resource;
      const page = await listVersions({ store, programs }, { key, limit, cursor });
      const now = clock();
      const shown = page.items.map((stored) => resource.show(stored, now));
      return { [resource.kind]: shown, nextCursor: page.nextCursor };
    },
  });

/**
 * Saves a new version, once per request. It is a draft that pays nothing, and its terms never
 * change.
 */
const createRoute = <Terms extends object>(resource: Resource<Terms>, clock: Clock) =>
  defineRoute({
    method: 'POST',
    path: pathOf(resource),
    id: `create${resource.ids.one}`,
    summary: `Create a version of a program's ${resource.name} as a draft`,
    scope: 'cms:write',
    params: programPath,
    query: z.object({}),
    body: resource.newVersion,
    idempotent: true,
    status: 201,
    sends: ['location'],
    response: resource.answer,
    problems: { 404: 'The program does not exist' },
    handle: async ({ params, body, caller, idempotencyKey: requestKey }) => {
      const draft = { ...body, createdBy: caller.subject, requestKey };
      const stored = await resource.store.draft(params, draft);
      if (stored === undefined) throw noProgram(params);
      const { tenantId, program } = params;
      const { kind } = resource;
      const location = `/api/v1/tenants/${tenantId}/programs/${program}/${kind}/${stored.version}`;
      return reply({ headers: { location }, body: resource.show(stored, clock()) });
    },
  });

const getRoute = <Terms extends object>(resource: Resource<Terms>, clock: Clock) =>
  defineRoute({
    method: 'GET',
    path: `${pathOf(resource)}/{version}`,
    id: `get${resource.ids.one}`,
    summary: `Get a version of a program's ${resource.name}`,
    scope: 'cms:read',
    params: versionPath,
    query: z.object({}),
    response: resource.answer,
    problems: { 404: 'The program or version does not exist' },
    handle: async ({ params }) => resource.show(await findVersion(resource.store, params), clock()),
  });

/** Activates a version. Repeating changes nothing. */
const activateRoute = <Terms extends object>(resource: Resource<Terms>, clock: Clock) =>
  defineRoute({
    method: 'POST',
    path: `${pathOf(resource)}/{version}:activate`,
    id: `activate${resource.ids.one}`,
    summary: `Activate a version of a program's ${resource.name}, in five minutes or later`,
    scope: 'cms:write',
    params: versionPath,
    query: z.object({}),
    body: resource.activation,
    response: resource.answer,
    problems: activationProblems,
    handle: async ({ params, body, caller: { subject } }) => {
      const activated = await activateVersion({ store: resource.store, clock }, params, {
        ...body,
        subject,
      });
      return resource.show(activated, clock());
    },
  });

type Access<Terms> = Readonly<{ store: VersionStore<Terms> }> & Pick<Dependencies, 'clock'>;

const noVersion = ({ program, version }: VersionKey): HttpProblem => {
  const detail = `Version ${version} does not exist in program ${program}`;
  return new HttpProblem(404, 'version-not-found', detail);
};

/** A version. @throws HttpProblem when there is none. */
export const findVersion = async <Terms>(
  store: VersionStore<Terms>,
  key: VersionKey,
): Promise<StoredVersion<Terms>> => {
  const version = await store.find(key);
  if (version === undefined) throw noVersion(key);
  return version;
};

type Listing = Readonly<{
  key: Omit<VersionKey, 'version'>;
  limit: number;
  cursor: number | undefined;
}>;

/** A page of versions, the newest first. @throws HttpProblem when there is no such program. */
const listVersions = async <Terms>(
  { store, programs }: Readonly<{ store: VersionStore<Terms>; programs: ProgramStore }>,
  { key, limit, cursor }: Listing,
) => {
  const versions = await store.list(key, { limit: limit + 1, below: cursor });
  if (versions.length === 0 && (await programs.find(key)) === undefined) throw noProgram(key);
  return toPage(versions, limit, ({ version }) => version);
};

const statuses: Readonly<Record<ActivationRefusal['reason'], number>> = {
  'begins-too-early': 400,
  'ends-too-early': 400,
  'begun-differently': 409,
  'begins-beside-another': 409,
  'orders-archived': 409,
  'real-time-cohort': 409,
};

/** What activateVersion may refuse, for the document. */
const activationProblems = {
  404: 'The program or version does not exist',
  409: 'The version was already activated with different dates, another version takes effect at the same time, it would rate orders that depend on archived ones, or a promotion names a REAL_TIME cohort',
};

/**
 * Activates a version, or finds that it was activated.
 * @throws HttpProblem when there is none, or it may not.
 */
const activateVersion = async <Terms>(
  { store, clock }: Access<Terms>,
  key: VersionKey,
  wish: RequestedPeriod & Readonly<{ subject: string }>,
): Promise<StoredVersion<Terms>> => {
  const activation = await store.activate(key, { ...wish, now: clock() });
  if (activation === undefined) throw noVersion(key);
  if (activation.kind !== 'refused') return activation.version;
  const { reason, detail } = activation.refusal;
  throw new HttpProblem(statuses[reason], reason, detail);
};
