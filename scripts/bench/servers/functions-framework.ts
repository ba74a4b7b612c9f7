/**
 * The same function as the manual of functions-framework shows it: registered as a `cloudevent`.
 */
import { cloudEvent } from '@google-cloud/functions-framework';
import { OrderPlaced } from '#shared/eventing/contracts/orders.ts';

cloudEvent('accept-order', (event: { data?: unknown }) => {
  OrderPlaced.schema.parse(event.data);
});
