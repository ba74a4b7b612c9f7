import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';

/** A user of this machine, as `spawn` takes it. */
export type SystemUser = Readonly<{ uid: number; gid: number }>;

const find = (name: string): SystemUser | undefined => {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined;
};

/** The user for a server that refuses to run as root; undefined if we are not root. */
export const unprivilegedUser = (): SystemUser | undefined => {
  if (userInfo().uid !== 0) return undefined;
  const user = find('postgres') ?? find('nobody');
  if (user) return user;
  throw new Error('Postgres does not run as root: create a user named postgres, or run as another');
};
