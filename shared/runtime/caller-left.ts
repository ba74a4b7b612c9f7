import { HttpProblem } from './http/problem.ts';

/**
 * Not in RFC 9110: the status that nginx uses for a request whose caller disconnected before the
 * response.
 */
export const callerLeftStatus = 499;

/** The outcome of a request whose caller disconnected; only our logs and metrics show it. */
export const callerLeft = (): HttpProblem =>
  new HttpProblem(callerLeftStatus, 'caller-left', 'The client closed the request');
