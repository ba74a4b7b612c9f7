import { expect, it } from 'vitest';
import { defectOfUrl, outboundTargets } from './outbound-url.ts';

it.each([
  'https://hooks.example.com/guerdon?shop=1',
  'https://example.com:8443/',
  'https://8.8.8.8/',
  'https://[2606:4700::1111]:443/',
])('takes %s', (url) => {
  expect(defectOfUrl(url, 'public')).toBeUndefined();
});

it.each<[url: string, defect: string]>([
  ['hooks.example.com', 'must be a URL'],
  ['http://example.com/', 'must begin with https://'],
  ['file:///etc/passwd', 'must begin with https://'],
  ['gopher://example.com/', 'must begin with https://'],
  ['https://ann:secret@example.com/', 'must not contain credentials'],
  ['https://example.com/#x', 'must not contain a fragment'],
  ['https://example.com:22/', 'must have the port 80, 443 or one above 1023'],
  ['https://example.com:25/', 'must have the port 80, 443 or one above 1023'],
  ['https://localhost/', 'must have a public host name'],
  ['https://LOCALHOST./', 'must have a public host name'],
  ['https://postgres/', 'must have a public host name'],
  ['https://cms-api.guerdon.svc.cluster.local/', 'must have a public host name'],
  ['https://metadata.google.internal/', 'must have a public host name'],
  ...[
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.1',
    '017700000001',
    '0.0.0.0',
    '10.0.0.8',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '[::]',
    '[::1]',
    '[::127.0.0.1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:a9fe:a9fe]',
    '[::ffff:0:7f00:1]',
    '[64:ff9b::a9fe:a9fe]',
    '[64:ff9b:1::7f00:1]',
    '[2002:7f00:1::]',
    '[2001::1]',
    '[fd00:ec2::254]',
    '[fe80::1]',
    '[fec0::1]',
    '[ff02::1]',
  ].map((host) => [`https://${host}/`, 'must have a public address'] satisfies [string, string]),
])('refuses %s: %s', (url, defect) => {
  expect(defectOfUrl(url, 'public')).toBe(defect);
});

it('takes private hosts over http for local use only', () => {
  expect(defectOfUrl('http://127.0.0.1:8080/', 'any')).toBeUndefined();
  expect(defectOfUrl('http://ann:secret@localhost/', 'any')).toBe('must not contain credentials');
  expect(outboundTargets({ WEBHOOK_TARGETS: 'any' })).toBe('any');
  const production = { WEBHOOK_TARGETS: 'any', NODE_ENV: 'production' } as const;
  expect(() => outboundTargets(production)).toThrow('refused in production');
});
