/**
 * The minimum that can read a sorted set: node:http and one command, ZREVRANK or ZREVRANGE. It has
 * no auth, validation or ties, and pages always start at the top.
 */
import { createServer } from 'node:http';
import { Redis } from 'ioredis';

const redis = new Redis(process.env['REDIS_URL'] ?? '');
const key = process.env['BOARD_KEY'] ?? '';

createServer((request, response) => {
  const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const id = searchParams.get('id');
  const size = Number(searchParams.get('N') ?? searchParams.get('limit'));
  const reply =
    id === null ? redis.zrevrange(key, 0, size - 1, 'WITHSCORES') : redis.zrevrank(key, id);
  void reply.then((found) => {
    const body = JSON.stringify(found);
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  });
}).listen(Number(process.env['PORT']), '127.0.0.1');
