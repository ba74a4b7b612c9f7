import type { Part } from './clause-part.ts';
import { Failure, type Scalar } from './clause-value.ts';
import type { EventVariables } from './event-variables.ts';

/** What a loop is at: a value for its body to read. */
export type LoopVariable = { value: Scalar };

type Loop = Readonly<{ list: Part; variable: LoopVariable; body: Part }>;

/**
 * The result of a loop over its list: how many elements met the condition, and the first failure.
 */
type Found = Readonly<{ trueCount: number; failure: Failure | undefined }>;

type Kind = Readonly<{
  /** The answer of the body that decides at once. */
  endsAt: boolean | undefined;
  /** Whether a failure decides at once. */
  isStrict: boolean;
  result: (trueCount: number) => boolean;
}>;

const kinds = {
  all: { endsAt: false, isStrict: false, result: () => true },
  exists: { endsAt: true, isStrict: false, result: () => false },
  exists_one: { endsAt: undefined, isStrict: true, result: (trueCount) => trueCount === 1 },
} as const satisfies Readonly<Record<string, Kind>>;

/** A loop that a clause may have: each answers with true or false and builds nothing. */
export type LoopName = keyof typeof kinds;

/** Whether a method is a loop. */
export const isLoop = (name: string): name is LoopName => Object.hasOwn(kinds, name);

/** Units for each turn, besides those of the body. */
const turnUnits = 2;

/** A loop over a list, whose cost is that of its body for each value that the list may have. */
export const loopPart = (name: LoopName, loop: Loop): Part => {
  const kind: Kind = kinds[name];
  const { list, body } = loop;
  return {
    type: 'bool',
    length: 0,
    cost: turnUnits + list.cost + list.length * (turnUnits + body.cost),
    run: (variables) => {
      const items = list.run(variables);
      if (items instanceof Failure) return items;
      variables.units += turnUnits;
      const found = goThrough(items as readonly Scalar[], { ...loop, kind, variables });
      if (typeof found === 'boolean') return found;
      return found.failure ?? kind.result(found.trueCount);
    },
  };
};

type Going = Loop & Readonly<{ kind: Kind; variables: EventVariables }>;

const goThrough = (
  items: readonly Scalar[],
  { kind, variable, body, variables }: Going,
): boolean | Found => {
  let trueCount = 0;
  let failure: Failure | undefined;
  for (const item of items) {
    variables.units += turnUnits;
    variable.value = item;
    const answer = body.run(variables);
    if (answer === kind.endsAt) return answer;
    if (answer === true) trueCount += 1;
    if (answer instanceof Failure) failure ??= answer;
    if (failure !== undefined && kind.isStrict) break;
  }
  return { trueCount, failure };
};
