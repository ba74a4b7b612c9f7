import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * A function as both hosts call it: node:http's request and response, of which the framework's are
 * subtypes.
 */
export type HttpFunction = (request: IncomingMessage, response: ServerResponse) => Promise<void>;
