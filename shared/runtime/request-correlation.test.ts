import { describe, expect, it } from 'vitest';
import {
  correlationOfRequest,
  currentCorrelation,
  underCorrelation,
} from './request-correlation.ts';

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('correlationOfRequest', () => {
  it.each([
    [{ 'x-correlation-id': 'shop 7', traceparent }, 'shop 7', traceparent],
    [{ traceparent }, '4bf92f3577b34da6a3ce929d0e0e4736', traceparent],
    [{ 'x-correlation-id': 'shop 7', traceparent: 'no' }, 'shop 7', undefined],
  ])('reads the headers %j', (headers, correlationId, trace) => {
    expect(correlationOfRequest({ headers })).toEqual({ correlationId, traceparent: trace });
  });

  it.each([{}, { 'x-correlation-id': '' }, { 'x-correlation-id': '\u00e9' }])(
    'makes an id for %j',
    (headers) => {
      const [one, other] = [correlationOfRequest({ headers }), correlationOfRequest({ headers })];
      expect(one.correlationId).toMatch(/^[\da-f-]{36}$/);
      expect(one.correlationId).not.toBe(other.correlationId);
    },
  );
});

describe('underCorrelation', () => {
  it('keeps the correlations of concurrent requests apart', async () => {
    const seen = await Promise.all(
      ['a', 'b'].map((correlationId) =>
        underCorrelation({ correlationId }, async () => {
          await new Promise((resolve) => setImmediate(resolve));
          return currentCorrelation().correlationId;
        }),
      ),
    );
    expect(seen).toEqual(['a', 'b']);
    expect(currentCorrelation()).toEqual({});
  });
});
