import { HttpProblem } from './problem.ts';
import type { AnyRoute } from './route.ts';

type Match = Readonly<{ route: AnyRoute; params: Record<string, string> }>;

/**
 * Finds the route of a request and its raw path parameters; of several that fit, the one with the
 * most text of its own.
 * @throws HttpProblem 404 when no path fits, 405 naming the methods when only the method does not.
 */
export const createMatcher = (routes: readonly AnyRoute[]) => {
  const compiled = routes
    .map((route) => ({ route, pattern: toPattern(route.path) }))
    .sort((one, other) => textLength(other.route) - textLength(one.route));
  return (method: string, path: string): Match => {
    const candidates = compiled.flatMap(({ route, pattern }) => {
      const match = pattern.exec(path);
      return match === null ? [] : [{ route, params: { ...match.groups } }];
    });
    if (candidates.length === 0)
      throw new HttpProblem(404, 'not-found', 'No resource at this path');
    // `…/{id}` fits the path of `…/{id}:activate` as well, but does not mean it.
    const meant = candidates.filter(({ route }) => isAsExact(route, candidates[0]?.route));
    const found = meant.find(({ route }) => route.method === method);
    if (found !== undefined) return { ...found, params: decodeParams(found.params) };
    throw methodNotAllowed(meant.map(({ route }) => route.method));
  };
};

/** The refusal of a method, with the methods that the path accepts. */
export const methodNotAllowed = (methods: readonly string[]): HttpProblem => {
  const allow = [...new Set(methods)].join(', ');
  return new HttpProblem(405, 'method-not-allowed', `Allowed methods: ${allow}`, { allow });
};

/** A parameter ends at a colon if a literal follows, so that `{id}:activate` keeps its verb. */
const toPattern = (path: string): RegExp =>
  new RegExp(
    `^${path
      .replaceAll(/[.:]/g, '\\$&')
      .replaceAll(/\{(\w+)\}(?=\\:)/g, '(?<$1>[^/:]+)')
      .replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`,
  );

const textLength = ({ path }: AnyRoute): number => path.replaceAll(/\{\w+\}/g, '').length;

/**
 * Whether two matching paths have equally many literal segments: then they are equal except for
 * parameter names.
 */
const isAsExact = (route: AnyRoute, other: AnyRoute | undefined): boolean =>
  other !== undefined && textLength(route) === textLength(other);

const decodeParams = (params: Record<string, string>): Record<string, string> => {
  try {
    return Object.fromEntries(
      Object.entries(params).map(([name, value]) => [name, decodeURIComponent(value)]),
    );
  } catch (error) {
    if (error instanceof URIError)
      throw new HttpProblem(400, 'malformed-path', 'The path is not percent-encoded UTF-8');
    throw error;
  }
};
