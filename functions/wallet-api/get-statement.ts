import { z } from 'zod';
import { instant } from '#shared/eventing/contracts/fields.ts';
import { wholeNumber } from '#shared/runtime/http/parameters.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import { cursor } from './cursor.ts';
import type { Dependencies } from './dependencies.ts';
import { findProgram, programProblems } from './find-program.ts';
import { walletPath, walletsUrl } from './parameters.ts';
import { showStatement, statementAnswer } from './statement-answer.ts';

const linesMax = 1_000;

/** GET …/statement: what happened in a wallet, line by line with the balance after each, page by page into the past. */
export const getStatement = (dependencies: Pick<Dependencies, 'tenants' | 'reader'>) =>
  defineRoute({
    method: 'GET',
    path: `${walletsUrl}/{program}/statement`,
    id: 'getStatement',
    summary: "List a wallet's transactions with running balances",
    scope: 'wallet:read',
    params: walletPath,
    query: z.object({
      from: instant.optional().describe('Transactions recorded at or after this time'),
      to: instant.optional().describe('Transactions recorded before this time'),
      limit: wholeNumber(1, linesMax).default(100).describe('Page size'),
      cursor,
    }),
    response: statementAnswer,
    problems: programProblems,
    handle: async ({ params, query: { cursor: before, ...query } }) => {
      const { program } = await findProgram(dependencies, params);
      const page = await dependencies.reader.statement(params, { ...query, before });
      return showStatement(program, page);
    },
  });
