import type { ASTNode } from '@marcbachmann/cel-js';
import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import { isLiteralCall } from '../expressions/parse-literal.ts';

/** Operators that have a value whenever all their arguments have one. */
const total: ReadonlySet<string> = new Set([
  ...['&&', '||', '!_', '?:', '==', '!=', '<', '<=', '>', '>=', 'in', 'list'],
]);

const isRequired = (
  [{ args: receiver }, name]: Extract<ASTNode, { op: '.' }>['args'],
  { fields }: ActionSchema,
): boolean => receiver !== 'event' || fields[name]?.required === true;

/**
 * Whether an expression has a result for every event that has all required fields. Some that are
 * not recognized here cannot fail either.
 */
export const cannotFail = (node: ASTNode, schema: ActionSchema): boolean => {
  if (node.op === 'value' || node.op === 'id') return true;
  if (node.op === 'call') return node.args[0] === 'has' || isLiteralCall(node.args[0]);
  if (node.op === '.') return isRequired(node.args, schema);
  const args = [node.args].flat() as readonly ASTNode[];
  return total.has(node.op) && args.every((each) => cannotFail(each, schema));
};
