import { lookup as systemLookup } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, type Dispatcher } from 'undici';
import { hostOf, type OutboundTargets } from './outbound-url.ts';
import { isPublicAddress } from './public-address.ts';

/** A host has an address outside the public internet, or no address. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
  readonly code = 'address-refused';
}

/** All addresses of a name. */
export type Resolve = (name: string) => Promise<readonly string[]>;

type Options = Readonly<{ targets: OutboundTargets; resolve?: Resolve }>;

/**
 * Connections to hosts that tenants chose. Each connection resolves the name once and goes to an
 * address that was checked, so a name that resolves to something else a moment later (DNS
 * rebinding) has no effect; it is refused if any of its addresses is not public. Hosts that are
 * addresses are not looked up: {@link refuseAddress} checks those of a request. Redirects are not
 * followed, certificates are verified by the host's name, and the connections of one host never
 * wait for those of another.
 */
export const guardedAgent = ({ targets, resolve = systemResolve() }: Options): Dispatcher =>
  new Agent({
    connect: {
      lookup: targets === 'any' ? systemLookup : guardedLookup(resolve),
      timeout: connectMsMax,
    },
    maxHeaderSize: headerBytesMax,
    // One name per endpoint, rarely called twice within seconds.
    keepAliveTimeout: 4_000,
  });

const connectMsMax = 3_000;
const headerBytesMax = 16_384;

/**
 * Why a request to a URL is refused before it is made: its host is an address that is not public.
 */
export const refuseAddress = (url: URL, targets: OutboundTargets): AddressRefused | undefined => {
  const host = hostOf(url);
  const isRefused = targets === 'public' && isIP(host) !== 0 && !isPublicAddress(host);
  return isRefused ? new AddressRefused(`${host} is not a public address`) : undefined;
};

/** A lookup for sockets whose every address was checked. */
export const guardedLookup =
  (resolve: Resolve): LookupFunction =>
  (name, options, callback) => {
    resolve(name).then(
      (addresses) => {
        const refused =
          addresses.length === 0 || addresses.some((address) => !isPublicAddress(address));
        if (refused) {
          callback(new AddressRefused(`${name} does not have public addresses only`), '');
          return;
        }
        const found = addresses.map((address) => ({ address, family: isIP(address) }));
        if (options.all === true) callback(null, found);
        else callback(null, found[0]?.address ?? '', found[0]?.family);
      },
      (error: unknown) => callback(error as NodeJS.ErrnoException, ''),
    );
  };

/**
 * Queries the name servers without the four threads that getaddrinfo and files share, so that a
 * slow name server of one tenant delays nobody else. The cluster's search domains do not apply.
 */
const systemResolve = (): Resolve => {
  const resolver = new Resolver({ timeout: 1_000, tries: 2 });
  return async (name) => {
    const found = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const addresses = found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    const [first] = found;
    if (addresses.length === 0 && first.status === 'rejected') throw first.reason as Error;
    return addresses;
  };
};
