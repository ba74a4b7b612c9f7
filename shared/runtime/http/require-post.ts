import type { IncomingMessage } from 'node:http';
import { HttpProblem } from './problem.ts';

/** @throws HttpProblem 405 unless the request is a POST, by which all events come. */
export const requirePost = ({ method }: IncomingMessage): void => {
  if (method === 'POST') return;
  throw new HttpProblem(405, 'method-not-allowed', `Events are delivered by POST, got ${method}`, {
    allow: 'POST',
  });
};
