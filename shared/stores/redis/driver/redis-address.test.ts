import { describe, expect, it } from 'vitest';
import { parseRedisAddress } from './redis-address.ts';

describe('the address of a Redis', () => {
  it('names one server, whose URL stays as it is', () => {
    const url = 'rediss://:p%40ss@redis.example.com:6380/3?family=6';
    expect(parseRedisAddress(url)).toEqual({ kind: 'server', isTls: true, password: 'p@ss', url });
  });

  it('names the nodes of a cluster', () => {
    expect(parseRedisAddress('rediss+cluster://me:a%2Cb@h1:7001,h2,[::1]:7003')).toEqual({
      kind: 'cluster',
      isTls: true,
      username: 'me',
      password: 'a,b',
      nodes: [
        { host: 'h1', port: 7001 },
        { host: 'h2', port: 6379 },
        { host: '::1', port: 7003 },
      ],
    });
  });

  it('names sentinels and their master', () => {
    expect(
      parseRedisAddress('redis+sentinel://:p@h1:1,h2/mymaster?database=2&sentinelPassword=s'),
    ).toEqual({
      kind: 'sentinel',
      isTls: false,
      password: 'p',
      nodes: [
        { host: 'h1', port: 1 },
        { host: 'h2', port: 26379 },
      ],
      master: 'mymaster',
      database: 2,
      sentinelPassword: 's',
    });
  });

  it.each([
    ['http://h1', 'must begin with redis://'],
    ['redis://', 'is not a URL with one host'],
    ['redis://h1:1,h2:2', 'use redis+cluster://'],
    ['redis+cluster://', 'has a host that is not host:port: ""'],
    ['redis+cluster://u:secret@h1:1,h2:x', 'has a host that is not host:port: "h2:x"'],
    ['redis+cluster://h1:70000', 'has a host that is not host:port: "h1:70000"'],
    ['redis+cluster://h1:1/0', 'neither databases nor parameters'],
    ['redis+sentinel://h1:1', 'must name the master'],
    ['redis+sentinel://h1:1/m?db=1', 'has an unknown parameter "db"'],
    ['redis+sentinel://h1:1/m?database=x', 'has a database that is not a number: "x"'],
    ['redis+sentinel://u:%zz@h1:1/m', 'is not percent-encoded'],
  ])('%s is refused with the reason', (url, reason) => {
    expect(() => parseRedisAddress(url)).toThrow(reason);
    expect(() => parseRedisAddress(url)).not.toThrow('secret');
  });
});
