import { createReadStream } from 'node:fs';
import { z } from 'zod';
import { type FileRow, type RowFile, rowCharactersMax } from './file-row.ts';

const object = z.record(z.string(), z.unknown());

/** A file with one JSON object a line; empty lines are skipped. */
export const ndjsonFile = (path: string): RowFile => ({
  columns: undefined,
  rows: (after) => readRows(path, after),
  close: () => Promise.resolve(),
});

async function* readRows(path: string, after: number): AsyncGenerator<FileRow> {
  let line = 0;
  let row = 0;
  for await (const text of linesOf(path)) {
    line += 1;
    if (text?.trim() === '') continue;
    row += 1;
    if (row > after) yield { line, ...parse(text) };
  }
}

const parse = (text: string | undefined) => {
  if (text === undefined) return { problem: `has more than ${rowCharactersMax} characters` };
  try {
    const parsed = object.safeParse(JSON.parse(text));
    return parsed.success ? { fields: parsed.data } : { problem: 'is not a JSON object' };
  } catch {
    // The parser's message quotes the line.
    return { problem: 'is not valid JSON' };
  }
};

/** The lines of a file; undefined for one that is too long. */
async function* linesOf(path: string): AsyncGenerator<string | undefined> {
  let rest: string | undefined = '';
  for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: 1 << 18 })) {
    const [first = '', ...others] = String(chunk).split('\n');
    const lines: (string | undefined)[] = [
      rest === undefined ? undefined : rest + first,
      ...others,
    ];
    rest = lines.pop();
    yield* lines;
    if ((rest?.length ?? 0) > rowCharactersMax) rest = undefined;
  }
  if (rest !== '') yield rest;
}
