import type { z } from 'zod';
import { HttpProblem } from './problem.ts';

/**
 * Checks a part of a request against its schema.
 * @throws HttpProblem 400 naming every field that does not fit, and the part it is in.
 */
export const parseValues = <Schema extends z.ZodType>(
  schema: Schema,
  values: unknown,
  part: 'path parameter' | 'query parameter' | 'body',
): z.output<Schema> => {
  const result = schema.safeParse(values);
  if (result.success) return result.data;
  const defects = result.error.issues.map(
    ({ path, message }) => `${[part, path.join('.')].join(' ').trimEnd()}: ${message}`,
  );
  throw new HttpProblem(400, 'invalid-request', defects.join('; '));
};
