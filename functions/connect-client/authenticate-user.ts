import type { InboxUser } from '#shared/domain/inbox/inbox-message.ts';
import type { Authenticate } from '#shared/runtime/http/access/auth.ts';
import { authorize } from '#shared/runtime/http/access/authorize.ts';

/** The scope that lets a token receive the frames of its user. */
const scope = 'inbox:read';

/** A user, as a token names tenant and subject. */
export type AuthenticatedUser = Readonly<{ user: InboxUser; expiresAt: Date | undefined }>;

/**
 * Determines whose frames a token may receive: only those of its own subject.
 * @throws HttpProblem 401 without a valid token, 403 when it lacks the scope or names no subject;
 * Unavailable when it cannot be checked.
 */
export const authenticateUser = async (
  authenticate: Authenticate,
  authorization: string | undefined,
): Promise<AuthenticatedUser> => {
  const headers = authorization === undefined ? {} : { authorization };
  const caller = await authenticate({ headers });
  authorize({ route: { scope }, caller, tenantId: undefined });
  return {
    user: { tenantId: caller.tenantId, userId: caller.subject },
    expiresAt: caller.expiresAt,
  };
};
