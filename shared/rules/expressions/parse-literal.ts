import { type ClauseDuration, parseDuration } from './clause-duration.ts';
import { Failure } from './clause-value.ts';
import { isInstant } from './payload-value.ts';

const parsers = {
  timestamp: (text: string): Date | Failure =>
    isInstant(text)
      ? new Date(text)
      : new Failure('timestamp() takes a text such as "2026-11-21T00:00:00+05:30"'),
  duration: (text: string): ClauseDuration | Failure =>
    parseDuration(text) ??
    new Failure('duration() takes a text such as "36h" or "1h30m", at most 10,000 years'),
} as const;

/** Whether a function takes a text of the expression and nothing else. */
export const isLiteralCall = (name: string): name is keyof typeof parsers =>
  Object.hasOwn(parsers, name);

/**
 * The value of `timestamp("2026-11-21T00:00:00Z")` or `duration("23h")`, worked out once: no text
 * of a payload is ever parsed.
 */
export const parseLiteral = (
  name: keyof typeof parsers,
  text: unknown,
): Date | ClauseDuration | Failure => parsers[name](typeof text === 'string' ? text : '');
