import type { Part } from './clause-part.ts';
import { Failure } from './clause-value.ts';

/** `condition ? yes : no`: costs what the dearer of the two does. */
export const choicePart = (condition: Part, yes: Part, no: Part): Part => ({
  type: yes.type,
  length: Math.max(yes.length, no.length),
  cost: 1 + condition.cost + Math.max(yes.cost, no.cost),
  run: (variables) => {
    const answer = condition.run(variables);
    if (answer instanceof Failure) return answer;
    return (answer === true ? yes : no).run(variables);
  },
});

/**
 * `&&`, which false decides, and `||`, which true decides: on either side, whatever fails on the
 * other.
 */
export const logicPart = (decides: boolean, left: Part, right: Part): Part => ({
  type: 'bool',
  length: 0,
  cost: 1 + left.cost + right.cost,
  run: (variables) => {
    const first = left.run(variables);
    if (first === decides) return decides;
    const second = right.run(variables);
    return first instanceof Failure && second !== decides ? first : second;
  },
});
