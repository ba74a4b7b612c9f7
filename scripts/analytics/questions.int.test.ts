import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { changeReader } from '#shared/stores/analytics/change-reader.ts';
import type { ChangeRow } from '#shared/stores/analytics/change-row.ts';
import { changeWriter } from '#shared/stores/analytics/change-writer.ts';
import { openDuck } from '#shared/stores/analytics/duck.ts';
import { fileFolder } from '#shared/stores/files/file-folder.ts';
import { questionsOf } from './questions.ts';
import { textTable } from './text-table.ts';

const folder = await mkdtemp(join(tmpdir(), 'guerdon-questions-'));
const duck = await openDuck({ spillFolder: join(folder, 'spill') });
const files = fileFolder(folder);
afterAll(async () => {
  await duck.close();
  await rm(folder, { recursive: true });
});

const campaign = '018f3c2e-5b1a-5d4e-9c3f-2a7b6d8e9f02';
let rows = 0;

/** An incentive of a campaign, issued 200 ms after its event. */
const incentive = (fields: Partial<ChangeRow>): ChangeRow => {
  rows += 1;
  return {
    ...{ lsn: rows, op: 'c', changed_at: '2026-11-21T10:00:01Z', tenant_id: 'acme' },
    incentive_id: `00000000-0000-4000-8000-${String(rows).padStart(12, '0')}`,
    ...{ user_id: 'u-1', campaign_id: campaign, campaign_version: 1, event_id: 'e', cause: 'e' },
    ...{ type: 'POINTS', reward_currency: 'POINTS', reward_amount: 50, status: 'ISSUED' },
    ...{ day: '2026-11-21', qualified_at: '2026-11-21T10:00:00Z' },
    issued_at: '2026-11-21T10:00:00.200Z',
    ...fields,
  };
};

const refused = { status: 'REFUSED', refused_by: { kind: 'cap' } };
await changeWriter(files, duck).write([
  incentive({}),
  incentive({}),
  incentive({ status: 'REVERSED', ended_at: '2026-11-21T11:00:00Z' }),
  incentive({ status: 'REVERSED', refused_by: { kind: 'reversed' }, reward_amount: 0 }),
  incentive({ status: 'EXPIRED', reward_amount: 7 }),
  incentive(refused),
  incentive({ day: '2026-11-22', type: 'COUPON', reward_currency: null, reward_amount: 1 }),
  incentive({ tenant_id: 'other' }),
]);

const answers = async (scope: Parameters<typeof questionsOf>[0]) =>
  (await changeReader(files, duck).query(questionsOf(scope).map(({ sql }) => sql)))!;

describe('the questions of npm run analytics', () => {
  it('are answered from the last state of each incentive', async () => {
    const [spend, outcomes, latency] = await answers({ tenant: 'acme' });
    expect(textTable(spend!)).toBe(
      [
        `tenant  campaign                              day         unit    incentives  issued  reversed  expired  spent`,
        `acme    ${campaign}  2026-11-21  POINTS           4     157        50        7    100`,
        `acme    ${campaign}  2026-11-22  COUPON           1       1         0        0      1`,
      ].join('\n'),
    );
    expect(outcomes!.rows).toEqual([
      ['acme', campaign, '2026-11-21', '4', '1', '1', '1'],
      ['acme', campaign, '2026-11-22', '1', '0', '0', '0'],
    ]);
    expect(latency!.rows).toEqual([
      ['2026-11-21', '4', '200', '200', '200'],
      ['2026-11-22', '1', '200', '200', '200'],
    ]);
  });

  it('show the share of campaigns that are hot', async () => {
    const busy = (qualified_at: string) =>
      incentive({ tenant_id: 'hot', qualified_at: `2026-11-21T${qualified_at}Z` });
    const quiet = (campaign_id: string) => incentive({ tenant_id: 'hot', campaign_id });
    await changeWriter(files, duck).write([
      // Three in one window, and one in the next, when the campaign is not hot.
      ...['10:00:00', '10:09:59', '10:05:00', '10:10:00'].map(busy),
      ...[quiet(campaign.replace('0', '1')), quiet(campaign.replace('0', '2'))],
    ]);
    const [, , , hot] = await answers({ tenant: 'hot', hot: 3 });
    expect(textTable(hot!)).toBe(
      [
        'tenant  day         qualified  hot  hot_percent  campaigns  hot_campaigns',
        'hot     2026-11-21          6    3           50          3              1',
      ].join('\n'),
    );
    const [, , , cold] = await answers({ tenant: 'hot' });
    expect(cold!.rows).toEqual([['hot', '2026-11-21', '6', '0', '0', '3', '0']]);
  });

  it('may be limited to days', async () => {
    const [spend] = await answers({ tenant: 'acme', from: '2026-11-22', to: '2026-11-22' });
    expect(spend!.rows.map((row) => row[2])).toEqual(['2026-11-22']);
  });
});

describe('npm run analytics', () => {
  const run = (...args: readonly string[]) =>
    promisify(execFile)(process.execPath, [
      '--import',
      './scripts/text-imports.ts',
      'scripts/analytics.ts',
      ...args,
    ]);

  it('prints the result of a query, removes a user, and reports that there are no files', async () => {
    const sql = "select count(*) as n from incentives where tenant_id = 'other'";
    expect((await run('--location', folder, '--sql', sql)).stdout).toBe('n\n1\n');
    const forgotten = await run('forget', 'other', 'u-1', '--location', folder);
    expect(forgotten.stdout).toBe('Removed u-1 of other from 1 files\n');
    expect((await run('--location', folder, '--sql', sql)).stdout).toBe('n\n0\n');
    const empty = await mkdtemp(join(folder, 'empty-'));
    await expect(run('--location', empty)).rejects.toThrow('There are no files of changes yet');
    await expect(run('--location', join(empty, 'absent'))).rejects.toThrow('cannot be used');
  });
});
