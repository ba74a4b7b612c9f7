/**
 * The baseline: node:http as anyone would write it in ten lines, with the same check of the same
 * contract.
 */
import { createServer } from 'node:http';
import { OrderPlaced } from '#shared/eventing/contracts/orders.ts';

createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const headers = request.headers;
    const event = { id: headers['ce-id'], source: headers['ce-source'], type: headers['ce-type'] };
    const result = OrderPlaced.schema.safeParse(JSON.parse(Buffer.concat(chunks).toString()));
    response.writeHead(event.id && event.source && event.type && result.success ? 204 : 400).end();
  });
}).listen(Number(process.env['PORT']), '127.0.0.1');
