import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { identifier, instant, tenantIdentifier } from './fields.ts';

/**
 * Something happened to an order that its points may wait for, such as `delivered`. On `orders`, plain JSON with a `progress` is
 * enough. One that comes before its order is remembered for it.
 */
export const OrderProgressed = defineContract({
  type: 'guerdon.order.progressed.v1',
  topic: 'orders',
  summary: 'Something happened to an order that its points may wait for.',
  plainWith: 'progress',
  schema: z.object({
    tenantId: tenantIdentifier.default('default'),
    orderId: identifier,
    progress: identifier.describe('The name that an earning rule waits for, such as delivered'),
    at: instant.optional().describe('The time of the record when left out'),
  }),
  example: {
    tenantId: 'default',
    orderId: 'o-500017',
    progress: 'delivered',
    at: '2026-11-24T09:00:00+05:30',
  },
});
