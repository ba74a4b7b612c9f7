import type { ASTNode } from '@marcbachmann/cel-js';
import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import { isAskable, variableNames } from './event-variables.ts';
import { isInstant } from './payload-value.ts';

/**
 * What a clause may call, with how many arguments. Left out is what may stand still (`matches`), what escapes the types (`dyn`) and what depends
 * on the zone of the machine (`getDayOfYear`, clocks by zone: there is `local`).
 */
const functions: ReadonlySet<string> = new Set([
  'has/1',
  'size/1',
  'int/1',
  'double/1',
  'string/1',
  'timestamp/1',
  'duration/1',
]);
const loops: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter', 'map']);
const methods: ReadonlySet<string> = new Set([
  ...[...loops].map((name) => `${name}/2`),
  ...['size/0', 'contains/1', 'startsWith/1', 'endsWith/1', 'indexOf/1', 'lastIndexOf/1'],
  ...['substring/1', 'substring/2', 'lowerAscii/0', 'upperAscii/0', 'trim/0'],
  ...['getFullYear/0', 'getMonth/0', 'getDate/0', 'getDayOfMonth/0', 'getDayOfWeek/0'],
  ...['getHours/0', 'getMinutes/0', 'getSeconds/0', 'getMilliseconds/0'],
]);

/** What is in an expression that parses but must not be there, each once and in words; types are not asked. */
export const forbiddenParts = (ast: ASTNode, schema: ActionSchema): readonly string[] => {
  const parts = [...partsOf(ast)];
  const guarded = new Set(parts.flatMap((part) => (isGuard(part) ? [fieldOf(part.node)] : [])));
  const defects = parts.flatMap((part) => [
    ...callDefects(part),
    ...eventDefects(part),
    ...fieldDefects(fieldOf(part.node), { schema, guarded }),
  ]);
  const asksNothing = !parts.some(({ node }) => node.op === 'id' && variableNames.has(node.args));
  return [...new Set([...defects, ...(asksNothing ? ['asks nothing of the event'] : [])])];
};

/** A node with the node that it is an argument of, and in how many loops it stands. */
type Part = Readonly<{ node: ASTNode; parent: ASTNode | undefined; loopsAround: number }>;

function* partsOf(node: ASTNode, parent?: ASTNode, loopsAround = 0): Generator<Part> {
  yield { node, parent, loopsAround };
  for (const child of childrenOf(node)) {
    yield* partsOf(child, node, loopsAround + (isRepeated(child, node) ? 1 : 0));
  }
}

/** Arguments are nodes, names, or lists of these, depending on the operator. */
const childrenOf = ({ op, args }: ASTNode): readonly ASTNode[] =>
  op === 'value' || op === 'id' ? [] : [args].flat(3).filter(isNode);

const isNode = (value: unknown): value is ASTNode =>
  typeof value === 'object' && value !== null && 'op' in value;

/** What a loop goes over is asked for once, its arguments for each. */
const isRepeated = (child: ASTNode, parent: ASTNode): boolean =>
  parent.op === 'rcall' && loops.has(parent.args[0]) && child !== parent.args[1];

const fieldOf = (node: ASTNode): string | undefined =>
  node.op === '.' && isEvent(node.args[0]) ? node.args[1] : undefined;

const isEvent = (node: ASTNode): boolean => node.op === 'id' && node.args === 'event';

const isGuard = ({ node, parent }: Part): boolean =>
  fieldOf(node) !== undefined && parent?.op === 'call' && parent.args[0] === 'has';

/** By any other way its fields would escape these checks. */
const eventDefects = ({ node, parent }: Part): readonly string[] =>
  isEvent(node) && parent?.op !== '.' ? ['event is only there for its fields: event.name'] : [];

const callDefects = ({ node, loopsAround }: Part): readonly string[] => {
  if (node.op === 'call') return functionDefects(...node.args);
  if (node.op !== 'rcall') return [];
  const [name, , args] = node.args;
  if (!methods.has(`${name}/${args.length}`)) return [notAllowed(name)];
  return loops.has(name) && loopsAround > 0 ? [`${name}() cannot be inside of another loop`] : [];
};

const functionDefects = (name: string, args: readonly ASTNode[]): readonly string[] => {
  if (!functions.has(`${name}/${args.length}`)) return [notAllowed(name)];
  const fits = args.every((argument) => {
    if (name === 'has') return fieldOf(argument) !== undefined;
    return name !== 'timestamp' || (argument.op === 'value' && isInstant(argument.args));
  });
  if (fits) return [];
  return [
    name === 'has'
      ? 'has() takes a field of event: has(event.name)'
      : 'timestamp() takes a text such as "2026-11-21T00:00:00+05:30"',
  ];
};

const notAllowed = (name: string): string =>
  name === 'matches'
    ? 'matches() is not allowed: use contains(), startsWith() or endsWith()'
    : `${name}() is not a function that clauses can call in this way`;

const fieldDefects = (
  name: string | undefined,
  { schema, guarded }: Readonly<{ schema: ActionSchema; guarded: ReadonlySet<unknown> }>,
): readonly string[] => {
  if (name === undefined) return [];
  const field = isAskable(name) ? schema.fields[name] : undefined;
  if (field === undefined) {
    const names = Object.keys(schema.fields).filter(isAskable).join(', ');
    return [`event.${name} is no field of ${schema.action}, which has ${names || 'none'}`];
  }
  return field.required || guarded.has(name)
    ? []
    : [`event.${name} is not required: ask has(event.${name}) first`];
};
