import { Unavailable } from '#shared/domain/errors.ts';
import type { FileStore } from '../files/file-store.ts';
import { changeRows, distinctChanges, lastImages } from './change-source.ts';
import type { Duck, DuckRows } from './duck.ts';
import { listChanges, listForgotten } from './list-changes.ts';
import { withFiles } from './with-files.ts';

/** Queries over files of changes. */
export type ChangeReader = Readonly<{
  /**
   * Runs queries, one after the other, over one listing of the files. They read two views:
   * `changes` has each change once, `incentives` each incentive as its last change left it, with
   * `is_removed` where it left the database since, as an archived one does.
   * Undefined where there is no file yet.
   * @throws Unavailable when files cannot be used
   */
  query: (queries: readonly string[]) => Promise<readonly DuckRows[] | undefined>;
}>;

/** How often files may be merged away before a query is given up. */
const attemptsMax = 5;

/** Reads files of a store. */
export const changeReader = (files: FileStore, duck: Duck): ChangeReader => {
  const attempt = async (queries: readonly string[]) => {
    const listed = await listChanges(files);
    if (listed.length === 0) return undefined;
    const forgotten = await listForgotten(files);
    return withFiles(
      files,
      listed.map(({ name }) => name),
      async (paths) => {
        if (paths.length < listed.length) return 'stale';
        for (const view of viewsOf(changeRows(paths, forgotten))) await duck.run(view);
        const results: DuckRows[] = [];
        for (const query of queries) results.push(await duck.query(query));
        return results;
      },
    );
  };
  return {
    query: async (queries) => {
      for (let attempts = 1; ; attempts += 1) {
        const results = await attempt(queries).catch((error: unknown) => {
          // A file that existed when its path was looked up.
          if (error instanceof Unavailable && attempts < attemptsMax) return 'stale';
          throw error;
        });
        if (results !== 'stale') return results as readonly DuckRows[] | undefined;
        if (attempts === attemptsMax)
          throw new Unavailable('files', 'Files are merged faster than they are read');
      }
    },
  };
};

const viewsOf = (rows: string): readonly string[] => [
  `create or replace view changes as ${distinctChanges(rows)}`,
  `create or replace view incentives as
   select image.* exclude (op), coalesce(deletion.lsn > image.lsn, deletion.lsn is not null) as is_removed
   from ${lastImages(rows)} image
   left join (select incentive_id, max(lsn) as lsn from ${rows} where op = 'd' group by all) deletion
     using (incentive_id)`,
];
