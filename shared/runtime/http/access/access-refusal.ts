import type { HttpProblem } from '../problem.ts';
import type { Caller } from './auth.ts';

/**
 * A request that was refused because it is for another tenant, or that named ids which do not exist
 * in its own tenant.
 */
export type AccessRefusal = Readonly<{
  caller: Pick<Caller, 'tenantId' | 'subject'>;
  method: string;
  path: string;
  /** The other tenant that the path or the query names. */
  tenantId: string | undefined;
  /**
   * The UUIDs that were not found, some of which may be another tenant's; empty if the tenant was
   * refused.
   */
  ids: readonly string[];
}>;

type Asked = Readonly<{
  caller: Caller;
  method: string;
  url: URL;
  params: Readonly<Record<string, string>>;
}>;

/** The code of a refusal because of the tenant. */
const tenantForbidden = 'tenant-forbidden';

/** How many ids of a refused request are checked. */
const idsMax = 100;

/**
 * The change-log entry for a refusal that is about access to another tenant; undefined for other
 * refusals.
 */
export const accessRefusal = (
  asked: Asked,
  { status, code, message }: HttpProblem,
): AccessRefusal | undefined => {
  const { caller, method, url } = asked;
  if (caller.unrestricted) return undefined;
  const request = { caller, method, path: url.pathname };
  const tenantId = otherTenantIn(asked);
  // A body may name a tenant as well, which only the problem code shows.
  if (status === 403 && (tenantId !== undefined || code === tenantForbidden))
    return { ...request, tenantId, ids: [] };
  // A missing resource that the body names is in the detail.
  const ids = status === 404 ? idsIn(`${url.pathname} ${url.search} ${message}`) : [];
  return ids.length === 0 ? undefined : { ...request, tenantId: undefined, ids };
};

const otherTenantIn = ({ caller, url, params }: Asked): string | undefined => {
  const named = params['tenantId'] ?? url.searchParams.get('tenantId') ?? caller.tenantId;
  return named === caller.tenantId ? undefined : named;
};

const idsIn = (text: string): readonly string[] => {
  const found = text.match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi) ?? [];
  return [...new Set(found.map((id) => id.toLowerCase()))].slice(0, idsMax);
};
