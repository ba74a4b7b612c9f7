import type { ServerResponse } from 'node:http';
import { InvalidEvent, RecordArchived, Unavailable } from '#shared/domain/errors.ts';
import type { Logger } from '../log.ts';
import { problemsTotal } from '../metrics.ts';
import { type Answer, sendAnswer } from './answer.ts';

/** A refusal that is shown to the HTTP caller, as RFC 9457 defines it. `detail` is public. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    ...[status, code, detail, headers = {}]: [
      status: number,
      code: string,
      detail: string,
      headers?: Readonly<Record<string, string>>,
    ]
  ) {
    super(detail);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/**
 * Turns anything thrown into what the caller may know. Knative uses the status: 400 and 413 are
 * never retried, 503 is, and so is 500, which means a bug of ours and reveals no details.
 */
export const toProblem = (error: unknown): HttpProblem => {
  if (error instanceof HttpProblem) return error;
  if (error instanceof InvalidEvent) return new HttpProblem(400, error.code, error.message);
  if (error instanceof Unavailable) {
    const detail = `${error.dependency} is unavailable, retry later`;
    return new HttpProblem(503, `${error.dependency}-unavailable`, detail, { 'retry-after': '1' });
  }
  return new HttpProblem(500, 'internal-error', 'Internal error');
};

/**
 * Turns a record that was archived into 410 for the caller of an API. An event about such a record
 * is answered 400.
 */
export const asGone = (error: unknown): never => {
  throw error instanceof RecordArchived ? new HttpProblem(410, error.code, error.message) : error;
};

/** A problem as RFC 9457 writes it. */
const problemAnswer = ({ status, code, message, headers }: HttpProblem): Answer => ({
  status,
  headers: { ...headers, 'content-type': 'application/problem+json' },
  body: JSON.stringify({
    type: `urn:guerdon:problem:${code}`,
    title: code.replaceAll('-', ' '),
    status,
    code,
    detail: message,
  }),
});

/** Answers with problem+json and counts it; counts nothing when the request was answered before. */
export const sendProblem = (response: ServerResponse, problem: HttpProblem): void => {
  if (response.headersSent) return;
  problemsTotal.inc({ status: problem.status, code: problem.code });
  sendAnswer(response, problemAnswer(problem));
};

/**
 * Logs everything about a 5xx, which the caller must not see. Of a refusal it logs only the code;
 * the detail may quote the request and is only for the caller.
 */
export const logProblem = (log: Logger, problem: HttpProblem, error: unknown): void => {
  const { status, code } = problem;
  if (status >= 500) log.error({ err: error, status, code }, 'failed');
  else log.warn({ status, code }, 'refused');
};
