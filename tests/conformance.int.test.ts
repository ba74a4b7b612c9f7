/**
 * Every function under our host and under the plain `functions-framework` command: the same
 * requests, the same answers.
 */
import { tmpdir } from 'node:os';
import { request } from 'undici';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildFunctions, functionNames } from '#scripts/build.ts';
import { allScopes, issueToken, tokenClaims } from '#scripts/platform/issue-token.ts';
import { type FunctionProcess, startFunction } from '#shared/testing/servers/function-process.ts';
import { hasKafka, testDatabase, testKafka, testRedis } from '#shared/testing/servers/servers.ts';

const database = await testDatabase();
const redis = await testRedis();
const { brokers, createTopic } = testKafka();
const secret = 'a secret of at least thirty-two characters';
const token = await issueToken({ secret, tenantId: 'default', scopes: allScopes });

const variables = {
  DEAD_LETTER_TOPIC: hasKafka() ? await createTopic('dead-letters') : 'dead-letters',
  DATABASE_URL: database.url,
  REDIS_URL: redis.url,
  KAFKA_BROKERS: brokers.join(','),
  // Nothing listens there: no request of this test makes a function send an event.
  K_SINK: 'http://127.0.0.1:1/guerdon/guerdon',
  RESEND_SOON_SECONDS: '300',
  RESEND_LATER_SECONDS: '3600',
  AUTH_JWT_SECRET: secret,
  WEBHOOK_SECRET_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
  PERSON_MASTER_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
  BLIND_INDEX_KEYS: `test:${Buffer.alloc(32, 8).toString('base64')}`,
  WEBHOOK_ORIGIN: 'guerdon.example',
  ANALYTICS_LOCATION: tmpdir(),
  ...tokenClaims,
};

const ping = {
  'ce-specversion': '1.0',
  'ce-id': '1',
  'ce-source': '/apis/v1/namespaces/guerdon/pingsources/rank-tick',
  'ce-type': 'dev.knative.sources.ping',
};
const authorization = { authorization: `Bearer ${token}` };
const json = { ...authorization, 'content-type': 'application/json' };

const tenant = '/api/v1/tenants/default';
const wallet = `${tenant}/customers/c-1/wallets/points`;

type Knock = Readonly<{
  method: 'GET' | 'POST';
  path: string;
  headers?: Record<string, string>;
  body?: string;
}>;

/** Requests that are sent to every function: each must give the same answer on both hosts. */
const knocks: readonly Knock[] = [
  { method: 'GET', path: '/readyz' },
  { method: 'GET', path: '/livez' },
  { method: 'GET', path: '/' },
  { method: 'GET', path: '/openapi.json' },
  { method: 'GET', path: '/docs' },
  { method: 'POST', path: '/docs', headers: json, body: '{}' },
  { method: 'GET', path: '/events' },
  { method: 'GET', path: '/top-customers?N=5' },
  { method: 'GET', path: '/top-customers?N=abc', headers: authorization },
  { method: 'GET', path: '/api/v1/tenants/other/boards/main', headers: authorization },
  { method: 'GET', path: wallet },
  { method: 'GET', path: `${wallet}/statement`, headers: authorization },
  { method: 'GET', path: `${wallet}/statement?limit=0`, headers: authorization },
  { method: 'POST', path: `${wallet}/redemptions`, headers: json, body: '{"points":5}' },
  {
    method: 'POST',
    path: `${wallet}/redemptions`,
    headers: { ...json, 'idempotency-key': 'redemption-1' },
    body: '{"points":5}',
  },
  {
    method: 'POST',
    path: `${wallet}/transfers`,
    headers: { ...json, 'idempotency-key': 'transfer-1' },
    body: '{"points":"5","to":"c-2"}',
  },
  // The second host gets the same key, and returns the first one's answer.
  {
    method: 'POST',
    path: `${tenant}/programs`,
    headers: { ...json, 'idempotency-key': 'program-1' },
    body: '{"program":"miles","name":"Miles"}',
  },
  { method: 'GET', path: `${tenant}/programs`, headers: authorization },
  {
    method: 'POST',
    path: `${tenant}/programs/points/rules`,
    headers: { ...authorization, 'content-type': 'text/plain', 'idempotency-key': 'rule-1' },
    body: '{}',
  },
  {
    method: 'POST',
    path: `${tenant}/programs/points:dry-run`,
    headers: json,
    body: '{"order":{"amount":"1250.50","currency":"INR","placedAt":"2026-11-21T10:15:00Z"}}',
  },
  { method: 'POST', path: '/', headers: ping, body: 'no JSON' },
  { method: 'POST', path: '/', headers: { ...ping, 'ce-type': 'unknown' }, body: '{}' },
  // Avro by a producer with a schema registry, as KafkaSource sends it: bytes without a content
  // type.
  {
    method: 'POST',
    path: '/',
    headers: {
      ...ping,
      'ce-type': 'dev.knative.kafka.event',
      'ce-source': '/apis/v1/namespaces/guerdon/kafkasources/tenant-events#tenant-events',
    },
    body: '\0\0\0\0\x07\x02',
  },
  {
    method: 'POST',
    path: '/',
    headers: { 'content-type': 'application/json' },
    body: '{"not":"an event"}',
  },
  {
    method: 'POST',
    path: '/',
    headers: ping,
    body: JSON.stringify({ pad: 'x'.repeat(2_000_000) }),
  },
];

const ask = async ({ url }: FunctionProcess, { method, path, headers = {}, body }: Knock) => {
  const answer = await request(url + path, { method, headers, body: body ?? null });
  const text = await answer.body.text();
  const type = answer.headers['content-type'];
  return { status: answer.statusCode, type, text: type === 'text/plain' ? '' : text };
};

beforeAll(buildFunctions);

describe.skipIf(!hasKafka()).each(await functionNames())('%s', (name) => {
  let ours: FunctionProcess;
  let theirs: FunctionProcess;
  beforeAll(async () => {
    [ours, theirs] = await Promise.all([
      startFunction({ name, variables }),
      startFunction({ name, variables, host: 'functions-framework' }),
    ]);
  });

  it.each(knocks)('answers $method $path alike on both hosts', async (knock) => {
    expect(await ask(theirs, knock)).toEqual(await ask(ours, knock));
  });
});
