import type { ASTNode } from '@marcbachmann/cel-js';
import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import { clauseFunctions, clauseMethods } from './clause-functions.ts';
import { Failure } from './clause-value.ts';
import { isLoop } from './compile-loop.ts';
import { isAskable, variableNames } from './event-variables.ts';
import { isLiteralCall, parseLiteral } from './parse-literal.ts';

/** Functions that the compiler knows by themselves. */
const special = ['has', 'timestamp', 'duration'] as const;
const functions: ReadonlySet<string> = new Set(
  [...special, ...Object.keys(clauseFunctions)].map((name) => `${name}/1`),
);
const methods: ReadonlySet<string> = new Set(Object.keys(clauseMethods));

/**
 * Parts of a parsed expression that are not allowed, each once and as messages; types are not
 * checked.
 */
export const forbiddenParts = (ast: ASTNode, schema: ActionSchema): readonly string[] => {
  const parts = [...partsOf(ast)];
  const guarded = new Set(parts.flatMap((part) => (isGuard(part) ? [fieldOf(part.node)] : [])));
  const defects = parts.flatMap((part) => [
    ...callDefects(part),
    ...eventDefects(part),
    ...fieldDefects(fieldOf(part.node), { schema, guarded }),
  ]);
  const asksNothing = !parts.some(({ node }) => node.op === 'id' && variableNames.has(node.args));
  return [...new Set([...defects, ...(asksNothing ? ['does not use the event'] : [])])];
};

/** A node with the node that it is an argument of. */
type Part = Readonly<{ node: ASTNode; parent: ASTNode | undefined }>;

function* partsOf(node: ASTNode, parent?: ASTNode): Generator<Part> {
  yield { node, parent };
  for (const child of childrenOf(node)) yield* partsOf(child, node);
}

/** Arguments are nodes, names, or lists of these, depending on the operator. */
const childrenOf = ({ op, args }: ASTNode): readonly ASTNode[] =>
  op === 'value' || op === 'id' ? [] : [args].flat(3).filter(isNode);

const isNode = (value: unknown): value is ASTNode =>
  typeof value === 'object' && value !== null && 'op' in value;

const fieldOf = (node: ASTNode): string | undefined =>
  node.op === '.' && isEvent(node.args[0]) ? node.args[1] : undefined;

const isEvent = (node: ASTNode): boolean => node.op === 'id' && node.args === 'event';

const isGuard = ({ node, parent }: Part): boolean =>
  fieldOf(node) !== undefined && parent?.op === 'call' && parent.args[0] === 'has';

/** By any other way its fields would escape these checks. */
const eventDefects = ({ node, parent }: Part): readonly string[] =>
  isEvent(node) && parent?.op !== '.'
    ? ['event cannot be used by itself, only its fields: event.name']
    : [];

const callDefects = ({ node }: Part): readonly string[] => {
  if (node.op === 'call') return functionDefects(...node.args);
  if (node.op !== 'rcall') return [];
  const [name, , args] = node.args;
  if (isLoop(name) && args.length === 2) return [];
  return methods.has(`${name}/${args.length}`) ? [] : [notAllowed(name)];
};

const functionDefects = (name: string, args: readonly ASTNode[]): readonly string[] => {
  const [argument] = args;
  if (argument === undefined || !functions.has(`${name}/${args.length}`)) return [notAllowed(name)];
  if (name === 'has') {
    return fieldOf(argument) === undefined ? ['has() takes a field of event: has(event.name)'] : [];
  }
  if (!isLiteralCall(name)) return [];
  const literal = parseLiteral(name, argument.op === 'value' ? argument.args : undefined);
  return literal instanceof Failure ? [literal.message] : [];
};

/** Functions that people try, with the supported alternative. */
const instead: Readonly<Record<string, string>> = {
  matches: 'use contains(), startsWith() or endsWith()',
  map: 'use all(), exists() or exists_one()',
  filter: 'use all(), exists() or exists_one()',
};

const notAllowed = (name: string): string => {
  const hint = Object.hasOwn(instead, name) ? instead[name] : undefined;
  return hint === undefined
    ? `${name}() is not a function that clauses can call in this way`
    : `${name}() is not allowed: ${hint}`;
};

const fieldDefects = (
  name: string | undefined,
  { schema, guarded }: Readonly<{ schema: ActionSchema; guarded: ReadonlySet<unknown> }>,
): readonly string[] => {
  if (name === undefined) return [];
  const field = isAskable(name) ? schema.fields[name] : undefined;
  if (field === undefined) {
    const names = Object.keys(schema.fields).filter(isAskable).join(', ');
    return [`event.${name} is not a field of ${schema.action} (fields: ${names || 'none'})`];
  }
  return field.required || guarded.has(name)
    ? []
    : [`event.${name} is optional: guard it with has(event.${name})`];
};
