import { matchingShape } from '#functions/match-customer/config.ts';
import { createHandlers } from '#functions/match-customer/create-handlers.ts';
import { readConfig } from '#shared/runtime/config.ts';
import type { EventHandler } from '#shared/runtime/events/event-handler.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';

/** The handlers of match-customer in this process, with its variables. */
export const localHandlers = (
  sql: Sql,
  environment: NodeJS.ProcessEnv = process.env,
): readonly EventHandler[] =>
  createHandlers(sql, readConfig(matchingShape, environment), {
    batchItemsMax: { dotnet: 1, store: 1 },
    // The batches of an import are large already.
    commitBatchesMax: 1,
  });
