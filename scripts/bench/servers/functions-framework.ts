/**
 * The same function as a user of functions-framework writes it, by its manual: registered as a
 * `cloudevent`.
 */
import { cloudEvent } from '@google-cloud/functions-framework';
import { OrderPlaced } from '#shared/eventing/contracts/orders.ts';

cloudEvent('accept-order', (event: { data?: unknown }) => {
  OrderPlaced.schema.parse(event.data);
});
