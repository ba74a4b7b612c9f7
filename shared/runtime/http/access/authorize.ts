import { HttpProblem } from '../problem.ts';
import type { AnyRoute } from '../route.ts';
import type { Caller } from './auth.ts';

type Access = Readonly<{
  route: Pick<AnyRoute, 'scope' | 'openTo'>;
  caller: Caller;
  /** The tenant that the path names. */
  tenantId: string | undefined;
}>;

/**
 * A token grants access to its own tenant within its scopes.
 * @throws HttpProblem 403 otherwise.
 */
export const authorize = ({ route, caller, tenantId }: Access): void => {
  if (caller.unrestricted) return;
  const scopes = [route.scope, ...(route.openTo ?? [])];
  if (!scopes.some((scope) => caller.scopes.has(scope))) {
    throw new HttpProblem(403, 'scope-missing', `Scope ${scopes.join(' or ')} is required`);
  }
  if (tenantId !== undefined && tenantId !== caller.tenantId) {
    throw new HttpProblem(403, 'tenant-forbidden', 'The token is for another tenant');
  }
};
