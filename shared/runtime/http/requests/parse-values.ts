import type { z } from 'zod';
import { HttpProblem } from '../problem.ts';

/** How many fields that do not fit are named: a long list may have thousands. */
const namedMax = 20;

/**
 * Checks a part of a request against its schema.
 * @throws HttpProblem 400 naming the first fields that do not fit, how many more there are, and the
 * part they are in.
 */
export const parseValues = <Schema extends z.ZodType>(
  schema: Schema,
  values: unknown,
  part: 'path parameter' | 'query parameter' | 'body',
): z.output<Schema> => {
  const result = schema.safeParse(values);
  if (result.success) return result.data;
  const { issues } = result.error;
  const defects = issues
    .slice(0, namedMax)
    .map(({ path, message }) => `${[part, path.join('.')].join(' ').trimEnd()}: ${message}`);
  const others = issues.length - defects.length;
  const all = others === 0 ? defects : [...defects, `and ${others} more`];
  throw new HttpProblem(400, 'invalid-request', all.join('; '));
};
