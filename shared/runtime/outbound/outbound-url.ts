import { isIP } from 'node:net';
import { z } from 'zod';
import { isPublicAddress } from './public-address.ts';

/** Which endpoints may be called: those of the public internet over https, or any for local use. */
export type OutboundTargets = 'public' | 'any';

/** The variables of every function that calls or registers endpoints of tenants. */
export const outboundShape = {
  /** `any` allows http and private addresses; it is for local use and refused in production. */
  WEBHOOK_TARGETS: z.enum(['public', 'any']).default('public'),
  NODE_ENV: z.string().optional(),
};

/** Which endpoints a function may call. @throws Error when any may be called in production. */
export const outboundTargets = ({
  WEBHOOK_TARGETS: targets,
  NODE_ENV,
}: z.output<z.ZodObject<typeof outboundShape>>): OutboundTargets => {
  if (targets === 'any' && NODE_ENV === 'production')
    throw new Error('WEBHOOK_TARGETS=any is refused in production');
  return targets;
};

/**
 * The only privileged ports on which HTTP is served; others are those of mail, SSH and the like.
 */
const privilegedPorts: readonly string[] = ['', '80', '443'];
const firstFreePort = 1024;

/** The host of a URL as an address is written: without the brackets of IPv6. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1');

/**
 * Why a URL may not be called, or undefined if it may, as far as its text shows: names are resolved
 * and checked on each connection. `URL` has already rewritten decimal, octal and short forms of
 * addresses.
 */
export const defectOfUrl = (text: string, targets: OutboundTargets): string | undefined => {
  const url = URL.parse(text);
  if (url === null) return 'must be a URL';
  if (url.username !== '' || url.password !== '') return 'must not contain credentials';
  if (url.hash !== '') return 'must not contain a fragment';
  return targets === 'public' ? whyNotPublic(url) : whyNotHttp(url);
};

const whyNotHttp = ({ protocol }: URL): string | undefined =>
  /^https?:$/.test(protocol) ? undefined : 'must begin with https:// or http://';

const whyNotPublic = (url: URL): string | undefined => {
  if (url.protocol !== 'https:') return 'must begin with https://';
  if (!privilegedPorts.includes(url.port) && Number(url.port) < firstFreePort)
    return 'must have the port 80, 443 or one above 1023';
  const host = hostOf(url);
  if (isIP(host) === 0) return isPublicName(host) ? undefined : 'must have a public host name';
  return isPublicAddress(host) ? undefined : 'must have a public address';
};

/** A name with a dot that is not one of this machine, this cluster or this network. */
const isPublicName = (host: string): boolean =>
  host.includes('.') && !/(^|\.)(localhost|local|internal|localdomain|home\.arpa)\.?$/.test(host);
