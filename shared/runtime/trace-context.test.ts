import { describe, expect, it } from 'vitest';
import { correlationOf } from './correlation.ts';
import { correlationOfRequest } from './request-correlation.ts';

const valid = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('the traceparent of an event and of a request', () => {
  it.each([
    [valid, valid],
    ['00-ab-cd-01', undefined],
    [valid.toUpperCase(), undefined],
    [`${valid}-more`, undefined],
    [valid.replace(/^00/, 'ff'), undefined],
    [valid.replace('4bf92f3577b34da6a3ce929d0e0e4736', '0'.repeat(32)), undefined],
    [valid.replace('00f067aa0ba902b7', '0'.repeat(16)), undefined],
    ['', undefined],
  ])('of %j is passed on as %j', (traceparent, passedOn) => {
    const event = { id: '1', source: '/test', type: 'x', data: {}, extensions: { traceparent } };
    expect(correlationOf(event)).toEqual({ correlationId: '/test 1', traceparent: passedOn });
    expect(correlationOfRequest({ headers: { traceparent } }).traceparent).toBe(passedOn);
  });
});
