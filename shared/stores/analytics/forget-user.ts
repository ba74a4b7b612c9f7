import { writeFile } from 'node:fs/promises';
import type { ChangeFile } from '#shared/domain/analytics/change-file.ts';
import { mergeBounds, mergesOf } from '#shared/domain/analytics/plan-merges.ts';
import { Unavailable } from '#shared/domain/errors.ts';
import type { FileStore } from '../files/file-store.ts';
import type { ChangeMerger } from './change-merger.ts';
import { type ForgottenUser, forgottenName, literal } from './change-source.ts';
import type { Duck } from './duck.ts';
import { listChanges } from './list-changes.ts';
import { withFiles } from './with-files.ts';

/** Bounds how often files that are replaced meanwhile are looked for again. */
const passesMax = 100;

/**
 * Removes a user from every file, and returns how many files had to be rewritten. A mark stays, by
 * a digest: whatever is written later about the user is hidden from readers at once, and removed
 * when its file is merged. May be repeated, also after it was interrupted.
 * @throws Unavailable when files cannot be used, or are replaced faster than they are searched
 */
export const forgetUser = async (
  { files, duck, merger }: Readonly<{ files: FileStore; duck: Duck; merger: ChangeMerger }>,
  user: ForgottenUser,
): Promise<number> => {
  await files.write(forgottenName(user), (path) => writeFile(path, ''));
  const without = new Set<string>();
  let rewritten = 0;
  for (let pass = 0; pass < passesMax; pass += 1) {
    const found = await filesOf({ files, duck, without }, user);
    if (found.length === 0) return rewritten;
    const days = Map.groupBy(found, ({ day }) => day);
    const merges = [...days].flatMap(([day, own]) => mergesOf(day, own, mergeBounds.bytesMax));
    for (const merge of merges)
      rewritten += (await merger.merge(merge)) === 'merged' ? merge.inputs.length : 0;
  }
  throw new Unavailable('files', 'Files are replaced faster than they are searched; repeat this');
};

/**
 * The files with changes of a user. Those without are remembered and searched once: files never
 * change.
 */
const filesOf = async (
  { files, duck, without }: Readonly<{ files: FileStore; duck: Duck; without: Set<string> }>,
  { tenantId, userId }: ForgottenUser,
): Promise<readonly ChangeFile[]> => {
  const found: ChangeFile[] = [];
  for (const file of await listChanges(files)) {
    if (without.has(file.name)) continue;
    await withFiles(files, [file.name], async ([path]) => {
      if (path === undefined) return;
      const { rows } = await duck.query(
        `select 1 from read_parquet(${literal(path)}, hive_partitioning = false)
         where tenant_id = $1 and user_id = $2 limit 1`,
        [tenantId, userId],
      );
      if (rows.length > 0) found.push(file);
      else without.add(file.name);
    });
  }
  return found;
};
