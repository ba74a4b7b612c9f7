import { type Dispatcher, request } from 'undici';
import type { AttemptResult } from '#shared/domain/webhooks/plan-attempt.ts';
import { refuseAddress } from '#shared/runtime/outbound/guarded-agent.ts';
import type { OutboundTargets } from '#shared/runtime/outbound/outbound-url.ts';

/** Options for calling endpoints. */
export type Calling = Readonly<{
  dispatcher: Dispatcher;
  targets: OutboundTargets;
  /** Connecting, answer and body together, in milliseconds. */
  timeoutMs: number;
  /** Who we are: the value of WebHook-Request-Origin. */
  origin: string;
}>;

type Call = Readonly<{
  method: 'POST' | 'OPTIONS';
  url: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
}>;

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The answer of an endpoint, or why there was none. */
export type CallResult = Readonly<{ result: AttemptResult; headers: Headers; ms: number }>;

/** How much of a response is read; its content is ignored. */
const answerBytesMax = 16_384;

/** Calls an endpoint once, with a timeout. Throws nothing. */
export const callEndpoint = async (
  { dispatcher, targets, timeoutMs, origin }: Calling,
  { method, url, headers, body }: Call,
): Promise<CallResult> => {
  const startedAt = performance.now();
  const ended = (result: AttemptResult, answered: Headers = {}): CallResult => ({
    result,
    headers: answered,
    ms: Math.round(performance.now() - startedAt),
  });
  const refusal = refuseAddress(new URL(url), targets);
  if (refusal !== undefined) return ended({ error: refusal.code });
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await request(url, {
      ...{ dispatcher, method, signal },
      headers: { ...headers, 'user-agent': 'guerdon', 'webhook-request-origin': origin },
      ...(body !== undefined && { body }),
    });
    // A body that never ends does not change the answer; the signal ends the wait for it.
    await answer.body.dump({ limit: answerBytesMax, signal }).catch(() => undefined);
    const retryAfter = [answer.headers['retry-after']].flat()[0];
    return ended({ status: answer.statusCode, retryAfter }, answer.headers);
  } catch (error) {
    return ended({ error: signal.aborted ? 'timeout' : codeOf(error) });
  }
};

/** The code of the error or its cause: the only text about it that a tenant sees. */
const codeOf = (error: unknown): string => {
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  if (typeof code === 'string') return code.slice(0, 100);
  return cause === undefined ? 'failed' : codeOf(cause);
};
