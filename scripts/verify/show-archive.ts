import { styleText } from 'node:util';
import type { ArchiveAudit } from '#shared/stores/postgres/archive/verify-archive.ts';

/** Prints what a check of an archive found and returns whether every file is as it was written. */
export const showArchive = ({ files, rows, wrong }: ArchiveAudit): boolean => {
  const sign = wrong.length === 0 ? styleText('green', '✓') : styleText('red', '✗');
  console.log(` ${sign} ${files} archive files with ${rows} records, ${wrong.length} wrong`);
  for (const { file, problem } of wrong) console.log(`     ${file}: ${problem}`);
  return wrong.length === 0;
};
