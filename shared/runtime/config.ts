import { z } from 'zod';

/**
 * Some variables are missing or invalid; the message names all of them, so that one start shows
 * every problem.
 */
class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads and checks the variables a function declares, by name. Variables it does not declare are
 * left alone; an empty one counts as absent, because a manifest cannot unset a variable.
 * @throws ConfigError naming every variable that is missing or wrong; secrets' values are never
 * repeated.
 */
export const readConfig = <Shape extends z.ZodRawShape>(
  shape: Shape,
  variables: Readonly<Record<string, string | undefined>> = process.env,
): z.output<z.ZodObject<Shape>> => {
  const present = Object.keys(shape).map((name) => [
    name,
    variables[name] === '' ? undefined : variables[name],
  ]);
  const result = z.object(shape).safeParse(Object.fromEntries(present));
  if (result.success) return result.data;
  const defects = result.error.issues.map((issue) => {
    const isSet = Boolean(variables[String(issue.path[0])]);
    return `  ${issue.path.join('.')}: ${isSet ? issue.message : 'is not set'}`;
  });
  throw new ConfigError(`Configuration refused:\n${defects.join('\n')}`);
};

/** A TCP port; 0 lets the system choose a free one. */
export const port = z.coerce.number().int().min(0).max(65_535);

/** A positive whole number. */
export const count = z.coerce.number().int().positive();

/** Host names with ports, separated by commas. */
export const brokerList = z
  .string()
  .transform((text) => text.split(',').map((broker) => broker.trim()))
  .pipe(z.array(z.string().regex(/^[^\s:]+:\d+$/, 'must be host:port, separated by commas')));

/** The variable of every function that limits the time of a request. */
export const requestShape = {
  /**
   * Less than timeoutSeconds of the manifest, after which queue-proxy returns 504 and the source
   * sends the event again.
   */
  REQUEST_SECONDS: count.default(45),
};
