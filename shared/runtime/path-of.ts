import type { IncomingMessage } from 'node:http';

/** The path of a request for the log: without the query, which may have a token or a name. */
export const pathOf = ({ url = '' }: Pick<IncomingMessage, 'url'>): string =>
  url.split('?', 1)[0] ?? '';
