import type { ASTNode } from '@marcbachmann/cel-js';
import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import {
  type ClauseFunction,
  checkedInt,
  clauseFunctions,
  clauseMethods,
} from './clause-functions.ts';
import { choicePart, logicPart } from './clause-logic.ts';
import { arithmetics, comparisons, isEqual } from './clause-operators.ts';
import {
  callPart,
  constantPart,
  failureAt,
  type Part,
  type Size,
  valuesOf,
} from './clause-part.ts';
import { Failure, type Scalar, type Value } from './clause-value.ts';
import { fieldPart, hasPart, localPart, variablePart } from './clause-variables.ts';
import { isLoop, type LoopName, type LoopVariable, loopPart } from './compile-loop.ts';
import { variableNames } from './event-variables.ts';
import { isLiteralCall, parseLiteral } from './parse-literal.ts';

/**
 * What an expression is compiled in, with the loops around. What it must not do is added to the
 * defects.
 */
type Scope = Readonly<{
  schema: ActionSchema;
  loops: ReadonlyMap<string, Part>;
  defects: string[];
}>;

/**
 * Compiles an expression that `forbiddenParts` and cel-js's type checker accept into our own
 * closures, because those of cel-js throw where a value is missing, which is slow in a loop, and do
 * not report their cost.
 */
export const compileNode = (node: ASTNode, scope: Scope): Part => {
  const compile = compilers[node.op] as ((node: ASTNode, scope: Scope) => Part) | undefined;
  return compile?.(node, scope) ?? refuse(`${node.op} is not allowed`, node, scope);
};

type Node<Op extends ASTNode['op']> = Extract<ASTNode, { op: Op }>;

const compilers: Readonly<Record<string, (node: never, scope: Scope) => Part>> = {
  value: (node: Node<'value'>, scope) => ofLiteral(node, node.args, scope),
  id: (node: Node<'id'>, scope) =>
    scope.loops.get(node.args) ??
    variablePart(node.args) ??
    refuse(`${node.args} is not a variable of clauses`, node, scope),
  '.': (node: Node<'.'>, scope) => ofField(node, scope),
  call: (node: Node<'call'>, scope) => ofCall(node, scope),
  rcall: (node: Node<'rcall'>, scope) => ofMethod(node, scope),
  list: (node: Node<'list'>, scope) => ofList(node, scope),
  '?:': (node: Node<'?:'>, scope) => ofTernary(node, scope),
  '&&': ({ args: [left, right] }: Node<'&&'>, scope) =>
    logicPart(false, compileNode(left, scope), compileNode(right, scope)),
  '||': ({ args: [left, right] }: Node<'||'>, scope) =>
    logicPart(true, compileNode(left, scope), compileNode(right, scope)),
  '!_': (node: Node<'!_'>, scope) =>
    callPart(
      { returns: 'bool', apply: (value: boolean) => !value },
      [compileNode(node.args, scope)],
      node.start + 1,
    ),
  '-_': (node: Node<'-_'>, scope) => ofMinus(node, scope),
  in: (node: Node<'in'>, scope) => ofMembership(node, scope),
  ...all(['==', '!=', '<', '<=', '>', '>='], (node: Node<'=='>, scope) =>
    ofComparison(node, scope),
  ),
  ...all(['+', '-', '*', '/', '%'], (node: Node<'+'>, scope) => ofArithmetic(node, scope)),
};

function all<Value>(names: readonly string[], value: Value): Readonly<Record<string, Value>> {
  return Object.fromEntries(names.map((name) => [name, value]));
}

/** A placeholder for a refused part, so that the others are checked as well. */
const none = constantPart({ type: 'bool', length: 0 }, false);

const refuse = (message: string, { start }: ASTNode, { defects }: Scope): Part => {
  defects.push(failureAt(message, start + 1).message);
  return none;
};

const ofLiteral = (node: ASTNode, value: unknown, scope: Scope): Part => {
  switch (typeof value) {
    case 'bigint':
      return checkedInt(value) instanceof Failure
        ? refuse('a whole number must be within 64 bits', node, scope)
        : constantPart({ type: 'int', length: 0 }, value);
    case 'number':
      return constantPart({ type: 'double', length: 0 }, value);
    case 'string':
      return constantPart({ type: 'string', length: value.length }, value);
    case 'boolean':
      return constantPart({ type: 'bool', length: 0 }, value);
    default:
      return refuse('null, bytes and unsigned numbers are not allowed', node, scope);
  }
};

const ofField = (node: Node<'.'>, scope: Scope): Part => {
  const [{ args: receiver }, name] = node.args;
  const clock = receiver === 'local' ? localPart(name) : undefined;
  const field = receiver === 'event' ? fieldPart(scope.schema, name, node.start + 1) : undefined;
  return clock ?? field ?? refuse(`${name} is not a variable of clauses`, node, scope);
};

const ofCall = (node: Node<'call'>, scope: Scope): Part => {
  const [name, [argument = node]] = node.args;
  if (name === 'has') return hasPart((argument as Node<'.'>).args[1]);
  if (isLiteralCall(name)) {
    return constantPart({ type: name, length: 0 }, parseLiteral(name, argument.args));
  }
  const part = compileNode(argument, scope);
  const called = clauseFunctions[name];
  return called?.takes.includes(part.type) === true
    ? callPart(called, [part], node.start + 1)
    : refuse(`${name}() does not take a ${part.type}`, node, scope);
};

const ofMethod = (node: Node<'rcall'>, scope: Scope): Part => {
  const [name, receiver, args] = node.args;
  if (isLoop(name)) return ofLoop(name, node, scope);
  const parts = [receiver, ...args].map((each) => compileNode(each, scope));
  const called = clauseMethods[`${name}/${args.length}`];
  return called === undefined
    ? refuse(`${name}() is not allowed`, node, scope)
    : callPart(called, parts, node.start + 1);
};

const ofLoop = (name: LoopName, node: Node<'rcall'>, scope: Scope): Part => {
  const [, receiver, [variable, body]] = node.args;
  const list = compileNode(receiver, scope);
  if (list.type !== 'list' || variable?.op !== 'id' || body === undefined) {
    return refuse(`${name}() needs a list`, node, scope);
  }
  if (variableNames.has(variable.args)) {
    return refuse(`${variable.args} cannot be the variable of ${name}()`, node, scope);
  }
  const at: LoopVariable = { value: false };
  const item: Part = { ...(list.item ?? none), cost: 1, run: () => at.value };
  const inner = { ...scope, loops: new Map([...scope.loops, [variable.args, item]]) };
  return loopPart(name, { list, variable: at, body: compileNode(body, inner) });
};

const ofList = (node: Node<'list'>, scope: Scope): Part => {
  const parts = node.args.map((each) => compileNode(each, scope));
  if (parts.some(({ type }) => type === 'list')) {
    return refuse('a list of lists is not allowed', node, scope);
  }
  const item = parts[0] && {
    type: parts[0].type,
    length: Math.max(...parts.map(({ length }) => length)),
  };
  const size: Size = { type: 'list', length: parts.length, item };
  if (node.args.every(({ op }) => op === 'value')) {
    return constantPart(
      size,
      node.args.map(({ args }) => args as Scalar),
    );
  }
  return {
    ...size,
    cost: parts.reduce((sum, { cost }) => sum + cost, parts.length),
    run: (given) => {
      given.units += parts.length;
      return valuesOf(parts, given) as Value | Failure;
    },
  };
};

const ofTernary = (node: Node<'?:'>, scope: Scope): Part => {
  const [condition, yes, no] = node.args.map((each) => compileNode(each, scope)) as [
    Part,
    Part,
    Part,
  ];
  return yes.type === 'list'
    ? refuse('?: cannot return a list', node, scope)
    : choicePart(condition, yes, no);
};

const ofMinus = (node: Node<'-_'>, scope: Scope): Part => {
  const part = compileNode(node.args, scope);
  const apply = (value: number | bigint) =>
    typeof value === 'bigint' ? checkedInt(-value) : -value;
  return callPart({ returns: part.type, apply }, [part], node.start + 1);
};

const ofMembership = (node: Node<'in'>, scope: Scope): Part => {
  const parts = node.args.map((each) => compileNode(each, scope));
  if (parts[0]?.type === 'list') return refuse('a list of lists is not allowed', node, scope);
  return callPart(
    {
      returns: 'bool',
      apply: (value: Scalar, list: readonly Scalar[]) => list.some((each) => isEqual(value, each)),
      units: (length = 0, items = 0) => items * (1 + length / 16),
    },
    parts,
    node.start + 1,
  );
};

const ofComparison = (node: Node<'=='>, scope: Scope): Part => {
  const parts = node.args.map((each) => compileNode(each, scope));
  if (parts.some(({ type }) => type === 'list')) {
    return refuse(`lists cannot be compared with ${node.op}: use all() or exists()`, node, scope);
  }
  const apply = comparisons[node.op] as (left: never, right: never) => boolean;
  const compared: ClauseFunction = { returns: 'bool', apply };
  const units = (left = 0, right = 0) => Math.min(left, right) / 16;
  const isText = parts.some(({ type }) => type === 'string');
  return callPart(isText ? { ...compared, units } : compared, parts, node.start + 1);
};

const ofArithmetic = (node: Node<'+'>, scope: Scope): Part => {
  const parts = node.args.map((each) => compileNode(each, scope));
  const [left, right] = parts.map(({ type }) => type);
  const arithmetic = arithmetics[`${left} ${node.op} ${right}`];
  return arithmetic === undefined
    ? refuse(`${node.op} is for numbers, timestamps and durations`, node, scope)
    : callPart(arithmetic, parts, node.start + 1);
};
