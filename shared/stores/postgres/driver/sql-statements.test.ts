import { expect, it } from 'vitest';
import { sqlStatements } from './sql-statements.ts';

it('separates statements at semicolons, and leaves out what is only comments', () => {
  expect(sqlStatements('select 1;\n-- a; b\nselect 2;\n/* c;\n d */\n;')).toEqual([
    'select 1',
    '-- a; b\nselect 2',
  ]);
});

it.each([
  ['a literal', "select 'a; it''s b'"],
  ['a quoted name', 'select 1 as "a;b"'],
  ['a comment', 'select /* ; */ 1 -- ;'],
  ['a dollar quote', 'do $$ begin commit; end $$'],
  ['a dollar quote with a tag', 'do $body$ begin perform $$;$$; end $body$'],
])('keeps a semicolon within %s', (_what, statement) => {
  expect(sqlStatements(`${statement};select 2`)).toEqual(
    statement.endsWith('-- ;') ? [`${statement};select 2`] : [statement, 'select 2'],
  );
});
