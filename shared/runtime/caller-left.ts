import { HttpProblem } from './http/problem.ts';

/**
 * Not of RFC 9110: what nginx made the custom for a request whose caller left before the answer.
 */
export const callerLeftStatus = 499;

/** The outcome of a request whose caller disconnected; only our logs and metrics show it. */
export const callerLeft = (): HttpProblem =>
  new HttpProblem(callerLeftStatus, 'caller-left', 'The client closed the request');
