/** Our host, with a function that only checks its event. */
import { serveEvents } from '#shared/runtime/events/serve-events.ts';
import { acceptOrder } from './parse-only.ts';

const nowhere = { publish: () => Promise.resolve([]), close: () => Promise.resolve() };
await serveEvents({
  name: 'bench-host',
  main: import.meta.main,
  handlers: [acceptOrder],
  publisher: nowhere,
});
