import { expect, test } from 'vitest';
import { javaInt, parseJavaJson } from './java-json.ts';

test.each([
  ['12345678901234567890', '12345678901234567890'],
  ['1.10', '1.1'],
  ['1.0', '1.0'],
  ['1e2', '100.0'],
  ['12345678.9', '1.23456789E7'],
  ['0.0001', '1.0E-4'],
  ['-0.5', '-0.5'],
])('%s is written %s again', (written, again) => {
  expect(JSON.stringify(parseJavaJson(`{ "n" : [${written}] }`))).toBe(`{"n":[${again}]}`);
});

test('text that looks like a number stays text', () => {
  expect(JSON.stringify(parseJavaJson('"1.10"'))).toBe('"1.10"');
});

test('an int has 32 bits and no point', () => {
  const intIn = (text: string) => javaInt(parseJavaJson(text));
  expect(['2147483647', '-2147483648'].map(intIn)).toEqual(['2147483647', '-2147483648']);
  expect(['2147483648', '1.0', '1e2', '"1"', 'true'].map(intIn)).toEqual(Array(5).fill(undefined));
});
