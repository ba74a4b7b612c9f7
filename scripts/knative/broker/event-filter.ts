import type { Filter } from '#scripts/manifests/kinds.ts';
import type { RoutedEvent } from '../events/routed-event.ts';

/** Whether a Trigger delivers an event. */
export type EventFilter = (event: RoutedEvent) => boolean;

type Words = Readonly<Record<string, string>>;
type Test = (actual: string, expected: string) => boolean;

/** An event that lacks the attribute never passes. */
const eachAttribute =
  (test: Test) =>
  (expected: Words): EventFilter =>
  ({ attributes }) =>
    Object.entries(expected).every(([name, value]) => {
      const actual = attributes[name];
      return actual !== undefined && test(actual, value);
    });

const exact = eachAttribute((actual, expected) => actual === expected);
const prefix = eachAttribute((actual, expected) => actual.startsWith(expected));
const suffix = eachAttribute((actual, expected) => actual.endsWith(expected));
const exactOrAny = eachAttribute((actual, expected) => expected === '' || actual === expected);

const every =
  (filters: readonly Filter[]): EventFilter =>
  (event) =>
    filters.every((filter) => matcherOf(filter)(event));

const some =
  (filters: readonly Filter[]): EventFilter =>
  (event) =>
    filters.some((filter) => matcherOf(filter)(event));

/** The predicate of a filter; its schema guarantees exactly one dialect. */
const matcherOf = (filter: Filter): EventFilter => {
  if (filter.exact) return exact(filter.exact);
  if (filter.prefix) return prefix(filter.prefix);
  if (filter.suffix) return suffix(filter.suffix);
  if (filter.any) return some(filter.any);
  const { not } = filter;
  return not ? (event) => !matcherOf(not)(event) : every(filter.all ?? []);
};

type Filters = Readonly<{
  filter?: Readonly<{ attributes: Words }> | undefined;
  filters?: readonly Filter[] | undefined;
}>;

/** The filter of a Trigger: `filters` overrides `filter`, and without either everything passes. */
export const eventFilter = ({ filter, filters }: Filters): EventFilter =>
  filters === undefined ? exactOrAny(filter?.attributes ?? {}) : every(filters);
