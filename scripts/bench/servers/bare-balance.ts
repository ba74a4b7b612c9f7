/**
 * The minimum that can return a balance: node:http and one command, HGETALL. It has no auth,
 * validation or tenants, and a customer that is not in Redis has no points.
 */
import { createServer } from 'node:http';
import { Redis } from 'ioredis';

const redis = new Redis(process.env['REDIS_URL'] ?? '');
const prefix = process.env['BALANCE_PREFIX'] ?? '';

/** Where the customer is in /api/v1/tenants/{tenantId}/customers/{customerId}/wallets/{program}. */
const customerSegment = 6;

createServer((request, response) => {
  const customerId = request.url?.split('/')[customerSegment] ?? '';
  void redis.hgetall(prefix + customerId).then((balance) => {
    const body = JSON.stringify(balance);
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  });
}).listen(Number(process.env['PORT']), '127.0.0.1');
