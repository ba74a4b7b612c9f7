import type { Sql } from '#shared/stores/postgres/driver/connect.ts';

/** Records the text of every statement that a pool sends from now on, in order. */
export const recordedStatements = (sql: Sql): string[] => {
  const statements: string[] = [];
  // The driver (3.4.9) looks for the hook in these options whenever it sends a statement.
  Object.assign(sql.options, {
    debug: (_connection: number, text: string) => statements.push(text),
  });
  return statements;
};
