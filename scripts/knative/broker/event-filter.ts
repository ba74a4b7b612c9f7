import { z } from 'zod';
import type { RoutedEvent } from '../routed-event.ts';

/** True for the events that a Trigger wants. */
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

const words = z.record(z.string().regex(/^[a-z][a-z0-9]*$/), z.string());

const all =
  (filters: readonly EventFilter[]): EventFilter =>
  (event) =>
    filters.every((matches) => matches(event));

const any =
  (filters: readonly EventFilter[]): EventFilter =>
  (event) =>
    filters.some((matches) => matches(event));

const not =
  (matches: EventFilter): EventFilter =>
  (event) =>
    !matches(event);

/** Reads a filter and is one afterwards: each dialect turns into the test that it describes. */
const dialects: z.ZodType<EventFilter> = z.lazy(() =>
  z
    .strictObject({
      exact: words.transform(eachAttribute((actual, expected) => actual === expected)),
      prefix: words.transform(eachAttribute((actual, prefix) => actual.startsWith(prefix))),
      suffix: words.transform(eachAttribute((actual, suffix) => actual.endsWith(suffix))),
      all: z.array(dialects).transform(all),
      any: z.array(dialects).transform(any),
      not: dialects.transform(not),
      cesql: z.never('cesql is unsupported locally'),
    })
    .partial()
    .transform((tests) => all(Object.values(tests).filter((test) => test !== undefined))),
);

type Filters = Readonly<{
  filter?: Readonly<{ attributes: Words }> | undefined;
  filters?: readonly unknown[] | undefined;
}>;

const exactOrAny = eachAttribute((actual, expected) => expected === '' || actual === expected);

/**
 * The filter of a Trigger: `filters` stands above `filter`; neither lets everything pass.
 * @throws Error for a dialect that is not understood here.
 */
export const eventFilter = ({ filter, filters }: Filters): EventFilter =>
  filters === undefined
    ? exactOrAny(filter?.attributes ?? {})
    : all(filters.map((entry) => dialects.parse(entry)));
