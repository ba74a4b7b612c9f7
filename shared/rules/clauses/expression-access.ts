import type { ASTNode } from '@marcbachmann/cel-js';
import type { Scalar } from '../expressions/clause-value.ts';
import { compileNode } from '../expressions/compile-node.ts';
import type { Vocabulary } from '../expressions/event-variables.ts';
import { parseLiteral } from '../expressions/parse-literal.ts';
import { type Accesses, type IndexedPart, ofAll, ofAny } from './clause-access.ts';
import type { Interval } from './interval-index.ts';

type Node<Op extends ASTNode['op']> = Extract<ASTNode, { op: Op }>;

/**
 * Ways to find out that an expression is false without evaluating it: by comparisons of its parts
 * with constants.
 */
export const expressionAccesses = (node: ASTNode, vocabulary: Vocabulary): Accesses => {
  const find = finders[node.op] as Finder<ASTNode> | undefined;
  return find?.(node, vocabulary) ?? [];
};

type Finder<Kind extends ASTNode> = (node: Kind, vocabulary: Vocabulary) => Accesses;

const finders: Readonly<Record<string, Finder<never>>> = {
  '&&': ({ args }: Node<'&&'>, vocabulary) =>
    ofAll(args.map((each) => expressionAccesses(each, vocabulary))),
  '||': ({ args }: Node<'||'>, vocabulary) =>
    ofAny(args.map((each) => expressionAccesses(each, vocabulary))),
  in: ({ args: [part, list] }: Node<'in'>, vocabulary) =>
    list.op === 'list'
      ? ofAny(list.args.map((each) => ofValue(part, constantOf(each), vocabulary)))
      : [],
  '.': (node: Node<'.'>, vocabulary) => ofValue(node, true, vocabulary),
  call: (node: Node<'call'>, vocabulary) => ofValue(node, true, vocabulary),
  '!_': ({ args }: Node<'!_'>, vocabulary) => ofValue(args, false, vocabulary),
  '==': ofComparison(
    (constant) => ({ from: constant, to: constant }),
    (constant) => ({ from: constant, to: constant }),
  ),
  '<': ofComparison(
    (to) => ({ to, isBefore: true }),
    (from) => ({ from, isAfter: true }),
  ),
  '<=': ofComparison(
    (to) => ({ to }),
    (from) => ({ from }),
  ),
  '>': ofComparison(
    (from) => ({ from, isAfter: true }),
    (to) => ({ to, isBefore: true }),
  ),
  '>=': ofComparison(
    (from) => ({ from }),
    (to) => ({ to }),
  ),
};

/** The values for which a comparison with a constant is true. */
type Values = (constant: Scalar) => Interval;

/** A comparison with a constant on its right, or on its left. */
function ofComparison(right: Values, left: Values): Finder<Node<'=='>> {
  return ({ args: [one, other] }, vocabulary) => {
    const [first, second] = [constantOf(one), constantOf(other)];
    if (second !== undefined) return ofInterval(one, right(second), vocabulary);
    return first === undefined ? [] : ofInterval(other, left(first), vocabulary);
  };
}

const ofValue = (node: ASTNode, value: Scalar | undefined, vocabulary: Vocabulary): Accesses =>
  value === undefined ? [] : ofInterval(node, { from: value, to: value }, vocabulary);

/** Values of a type other than that of the part may never be equal to it. */
const ofInterval = (node: ASTNode, interval: Interval, vocabulary: Vocabulary): Accesses => {
  if (constantOf(node) !== undefined) return [];
  const part = partOf(node, vocabulary);
  return part.type === typeOf(interval.from ?? interval.to) ? [[{ part, interval }]] : [];
};

const types: Readonly<Record<string, string>> = {
  ...{ bigint: 'int', number: 'double', string: 'string', boolean: 'bool', object: 'timestamp' },
};

const typeOf = (constant: Scalar | undefined): string | undefined => types[typeof constant];

/** Durations are no constants here: they are compared by what they measure, and not by `<`. */
const constantOf = (node: ASTNode): Scalar | undefined => {
  if (node.op === 'value') return scalarOf(node.args);
  if (node.op === 'call') return instantOf(node);
  const negated = node.op === '-_' && node.args.op === 'value' ? node.args.args : undefined;
  return typeof negated === 'bigint' || typeof negated === 'number' ? -negated : undefined;
};

const scalarOf = (value: unknown): Scalar | undefined =>
  typeof value !== 'object' && (typeof value) in types ? (value as Scalar) : undefined;

const instantOf = ({ args: [name, [text]] }: Node<'call'>): Date | undefined => {
  const instant = name === 'timestamp' ? parseLiteral(name, text?.args) : undefined;
  return instant instanceof Date ? instant : undefined;
};

const partsByVocabulary = new WeakMap<Vocabulary, Map<string, IndexedPart>>();

/** The same for the same part of all expressions over the same events. */
const partOf = (node: ASTNode, vocabulary: Vocabulary): IndexedPart => {
  const parts = partsByVocabulary.get(vocabulary) ?? new Map<string, IndexedPart>();
  partsByVocabulary.set(vocabulary, parts);
  const name = nameOf(node);
  const part = parts.get(name) ?? compilePart(node, name, vocabulary);
  parts.set(name, part);
  return part;
};

const compilePart = (node: ASTNode, name: string, { schema }: Vocabulary): IndexedPart => {
  const { type, run } = compileNode(node, { schema, loops: new Map(), defects: [] });
  return { name, type, run, isLocal: name.includes('["id","local"]') };
};

/** A node as text, without the place where it is written and what the checker keeps with it. */
const nameOf = (node: ASTNode): string =>
  JSON.stringify(node, (_key, value: unknown) => {
    if (typeof value === 'bigint') return { int: String(value) };
    return isNode(value) ? [value.op, value.args] : value;
  });

const isNode = (value: unknown): value is ASTNode =>
  typeof value === 'object' && value !== null && 'op' in value;
