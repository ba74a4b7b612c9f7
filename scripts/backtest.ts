/**
 * Runs a campaign over the recorded actions of a period: what it would have cost, and who would
 * have won. Writes only the CSV.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { z } from 'zod';
import { campaignTerms } from '#functions/cms-api/campaigns/document.ts';
import { reportCsv, reportOf, reportText } from './backtest/report.ts';
import { type BacktestRequest, runBacktest } from './backtest/run-backtest.ts';
import { instant } from './platform/options.ts';
import { runProgram } from './platform/run-program.ts';
import { withDatabase } from './platform/with-sql.ts';

type Options = Readonly<{
  tenant: string;
  campaign?: string;
  document?: string;
  from: Date;
  to: Date;
  csv?: string;
}>;

/** The campaign by its id, or the document in a file. */
const wantedOf = async ({ campaign, document }: Options): Promise<BacktestRequest['campaign']> => {
  if (campaign !== undefined && document === undefined)
    return { campaignId: z.uuid().parse(campaign) };
  if (document === undefined || campaign !== undefined) {
    throw new Error('Give either --campaign with an id or --document with a file');
  }
  const parsed = campaignTerms.safeParse(JSON.parse(await readFile(document, 'utf8')));
  if (parsed.success) return { terms: parsed.data };
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
  throw new Error(`${document}: ${issues.join('; ')}`);
};

const run = async (options: Options): Promise<void> => {
  const { tenant: tenantId, from, to, csv } = options;
  if (from >= to) throw new Error('--from must be before --to');
  const campaign = await wantedOf(options);
  const { result, overlaps } = await withDatabase((sql) =>
    runBacktest(sql, { tenantId, campaign, from, to }),
  );
  console.log(reportText(reportOf(result), overlaps));
  if (csv !== undefined) await writeFile(csv, reportCsv(result.replayed));
};

await runProgram(
  new Command('npm run backtest --')
    .description(
      'Runs a campaign over the recorded actions of a period, and writes nothing to the platform',
    )
    .option('--tenant <id>', 'whose actions', 'default')
    .option('--campaign <id>', 'a saved campaign, which may be a draft')
    .option('--document <file>', 'a campaign as it would be sent to cms-api')
    .requiredOption('--from <instant>', 'start of the period (inclusive), in event time', instant)
    .requiredOption('--to <instant>', 'end of the period (exclusive)', instant)
    .option('--csv <file>', 'a line for each qualification')
    .action(run),
);
