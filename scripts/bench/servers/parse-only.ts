/** What every server of the host row does with an order: only validate it against its contract. */
import { OrderPlaced } from '#shared/eventing/contracts/orders.ts';
import { on } from '#shared/runtime/events/event-handler.ts';

export const acceptOrder = on(OrderPlaced, () => Promise.resolve([]));
