import ipaddr from 'ipaddr.js';

/** Azure's metadata service answers at an address that looks public. */
const metadataAddresses: readonly string[] = ['168.63.129.16'];

/**
 * Global unicast; all other IPv6 addresses are special or not assigned, such as IPv4-compatible
 * `::/96`.
 */
const globalUnicast = ipaddr.parseCIDR('2000::/3');

/**
 * Whether an IP address is one of the public internet: not private, loopback, link-local (cloud
 * metadata), shared (100.64.0.0/10), multicast or reserved, and none that embeds an IPv4 address
 * (NAT64, 6to4, Teredo). An IPv4-mapped IPv6 address counts as the IPv4 address.
 */
export const isPublicAddress = (address: string): boolean => {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv6' && !parsed.match(globalUnicast)) return false;
  return parsed.range() === 'unicast' && !metadataAddresses.includes(parsed.toString());
};
