import { describe, expect, it } from 'vitest';
import { openapiFiles } from '../docs.ts';

type Operation = Readonly<{
  operationId: string;
  requestBody?: Readonly<{ content: Readonly<Record<string, unknown>> }>;
  security: readonly Readonly<{ bearer: readonly string[] }>[];
  parameters?: readonly Readonly<{ in: string; name: string; required?: boolean }>[];
  responses: Readonly<Record<string, Readonly<{ headers?: Readonly<Record<string, unknown>> }>>>;
}>;
type Document = Readonly<{
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}>;

const operations = [...(await openapiFiles())].flatMap(([file, text]) =>
  Object.entries((JSON.parse(text) as Document).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ file, path, method, ...operation })),
  ),
);

const headersOf = ({ parameters = [] }: Operation) =>
  parameters.filter((parameter) => parameter.in === 'header').map(({ name }) => name);
const sentBy = ({ responses }: Operation) =>
  Object.entries(responses).flatMap(([status, { headers = {} }]) =>
    Number(status) < 300 ? Object.keys(headers) : [],
  );
/** A POST that is a dry run needs only the right to read. */
const isRead = ({ method, security }: (typeof operations)[number]) =>
  method === 'get' || security.every(({ bearer }) => bearer[0]?.endsWith(':read'));

/** A request that streams its body is identified by its path and query. */
const isStreamed = ({ requestBody }: Operation) =>
  requestBody !== undefined && !('application/json' in requestBody.content);
const takesKey = (operation: (typeof operations)[number]) =>
  !isRead(operation) && !isStreamed(operation);

describe.each(operations)('$file: $operationId', (operation) => {
  it('accepts an Idempotency-Key if it writes, and marks a replayed answer', () => {
    expect(headersOf(operation).includes('Idempotency-Key')).toBe(takesKey(operation));
    expect(sentBy(operation).includes('idempotency-replayed')).toBe(takesKey(operation));
  });

  it('accepts an If-Match only for resources that are shown with an ETag', () => {
    if (!headersOf(operation).includes('If-Match')) return;
    expect(sentBy(operation)).toContain('ETag');
    const shownAt = operation.path.replace(/:\w+$/, '');
    const reads = operations.filter(({ path, method }) => path === shownAt && method === 'get');
    for (const read of reads) expect(sentBy(read)).toContain('ETag');
  });

  it('names the path of what it creates, if that can be read', () => {
    const isReadBelow = operations.some(
      ({ path, method }) => method === 'get' && path.startsWith(`${operation.path}/{`),
    );
    if (!('201' in operation.responses) || !isReadBelow) return;
    expect(sentBy(operation)).toContain('Location');
  });
});
