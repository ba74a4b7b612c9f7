import fc from 'fast-check';
import { payloadLimits } from '#shared/rules/expressions/clause-limits.ts';

/** Texts that are slow to search, compare or convert, and some that are not, up to a length. */
const texts = (lengthMax: number): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom('', 'books', 'a', 'ab'),
    fc.string({ maxLength: 12, unit: 'binary' }),
    fc
      .tuple(fc.constantFrom('a', 'ab', 'aab', ' ', 'ΐ', 'İ', '😀'), fc.constantFrom('', 'b', 'x'))
      .map(([unit, end]) => (unit.repeat(lengthMax / unit.length) + end).slice(-lengthMax)),
  );

/** Payloads of purchaseSchema, most of them as large as they may be. */
export const purchasePayloads = fc.record(
  {
    amountMinor: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.maxSafeInteger()),
    category: texts(payloadLimits.stringLengthMax).filter(isText),
    weightKg: fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e18, max: 1e18 }),
    isGift: fc.boolean(),
    // Whole seconds: the package rounds negative fractions of a second down, CEL toward zero.
    deliverBy: fc
      .integer({ min: 0, max: 4_000_000_000 })
      .map((seconds) => new Date(seconds * 1_000).toISOString()),
    tags: fc.array(texts(payloadLimits.stringsItemLengthMax).filter(isText), {
      minLength: 0,
      maxLength: payloadLimits.stringsMax,
      size: 'max',
    }),
  },
  { requiredKeys: ['amountMinor', 'category'] },
);

function isText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

const quoted = (lengthMax: number) =>
  texts(lengthMax)
    .filter((text) => isText(text) && !/[\p{Cc}\u2028\u2029]/u.test(text))
    .map((text) => JSON.stringify(text));

const binary = (left: fc.Arbitrary<string>, operators: readonly string[], right = left) =>
  fc
    .tuple(left, fc.constantFrom(...operators), right)
    .map(([one, operator, other]) => `(${one} ${operator} ${other})`);

const relations = ['==', '!=', '<', '<=', '>', '>='];

const call = (template: string, ...parts: readonly fc.Arbitrary<string>[]) =>
  fc
    .tuple(...parts)
    .map((values) => values.reduce((text, value) => text.replace('$', () => value), template));

/**
 * Expressions over purchaseSchema by the whole grammar of clauses; most compile, and some cost too
 * much.
 */
export const clauseTexts: fc.Arbitrary<string> = fc
  .letrec<Record<'bool' | 'int' | 'double' | 'text' | 'instant' | 'span' | 'list', string>>(
    (tie) => ({
      bool: fc.oneof(
        { maxDepth: 5, depthSize: 'small' },
        fc.constantFrom('event.isGift', 'has(event.isGift)', 'has(event.tags)', 'true', 'false'),
        binary(tie('int'), relations),
        binary(tie('double'), relations, fc.oneof(tie('double'), tie('int'))),
        binary(tie('text'), relations),
        binary(tie('instant'), relations),
        binary(tie('span'), relations),
        binary(tie('bool'), ['&&', '||', '==', '!=']),
        binary(tie('text'), ['in'], tie('list')),
        call('!$', tie('bool')),
        call('($ ? $ : $)', tie('bool'), tie('bool'), tie('bool')),
        ...['all', 'exists', 'exists_one'].map((loop) =>
          call(`$.${loop}(t, $)`, tie('list'), tie('bool')),
        ),
        ...['contains', 'startsWith', 'endsWith'].map((name) =>
          call(`$.${name}($)`, tie('text'), tie('text')),
        ),
      ),
      int: fc.oneof(
        { maxDepth: 4, depthSize: 'small' },
        fc.constantFrom('event.amountMinor', 'local.hour', 'local.weekday', '9223372036854775807'),
        fc.integer({ min: -3, max: 500 }).map(String),
        binary(tie('int'), ['+', '-', '*', '/', '%']),
        call('-$', tie('int')),
        call('size($)', fc.oneof(tie('text'), tie('list'))),
        call('$.size()', tie('text')),
        call('int($)', tie('double')),
        call('($ ? $ : $)', tie('bool'), tie('int'), tie('int')),
        ...['indexOf', 'lastIndexOf'].map((name) => call(`$.${name}($)`, tie('text'), tie('text'))),
        ...['getFullYear', 'getMonth', 'getDate', 'getDayOfMonth', 'getDayOfWeek', 'getHours'].map(
          (name) => call(`$.${name}()`, tie('instant')),
        ),
        ...['getHours', 'getMinutes', 'getSeconds', 'getMilliseconds'].map((name) =>
          call(`$.${name}()`, tie('span')),
        ),
      ),
      double: fc.oneof(
        { maxDepth: 3, depthSize: 'small' },
        fc.constantFrom('event.weightKg', '1.5', '0.0', '1e18'),
        binary(tie('double'), ['+', '-', '*', '/']),
        call('double($)', tie('int')),
      ),
      text: fc.oneof(
        { maxDepth: 3, depthSize: 'small' },
        fc.constantFrom('event.category', 't', 'action', 'user', 'local.date'),
        quoted(60),
        call('$.lowerAscii()', tie('text')),
        call('$.upperAscii()', tie('text')),
        call('$.trim()', tie('text')),
        call('$.substring($)', tie('text'), tie('int')),
        call('$.substring($, $)', tie('text'), tie('int'), tie('int')),
        call('string($)', fc.oneof(tie('int'), tie('double'), tie('bool'))),
      ),
      instant: fc.oneof(
        { maxDepth: 3, depthSize: 'small' },
        fc.constantFrom('occurredAt', 'event.deliverBy', 'timestamp("2026-11-21T00:00:00+05:30")'),
        binary(tie('instant'), ['+', '-'], tie('span')),
      ),
      span: fc.oneof(
        { maxDepth: 3, depthSize: 'small' },
        fc.constantFrom('duration("36h")', 'duration("-1h30m")', 'duration("90s")'),
        binary(tie('instant'), ['-']),
        binary(tie('span'), ['+', '-']),
      ),
      list: fc.oneof(
        fc.constantFrom('event.tags', '["a", "books", "aab"]'),
        fc.array(tie('text'), { minLength: 1, maxLength: 6 }).map((all) => `[${all.join(', ')}]`),
      ),
    }),
  )
  .bool.map((text) => {
    const optional = ['weightKg', 'isGift', 'deliverBy', 'tags'].filter((name) =>
      text.includes(`event.${name}`),
    );
    const asked = optional.map((name) => `has(event.${name}) && `).join('');
    return `${asked}["a", event.category].exists(t, ${text})`;
  });
