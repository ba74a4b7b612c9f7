import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { archiveFolder } from '#shared/stores/files/archive-folder.ts';
import { recordArchive } from '#shared/stores/postgres/archive/record-archive.ts';
import { restorePartition } from '#shared/stores/postgres/archive/restore-partition.ts';
import { auditPosition } from '#shared/stores/postgres/audit/audit-position.ts';
import { incrementalAudit } from '#shared/stores/postgres/audit/incremental-audit.ts';
import { auditLedger } from '#shared/stores/postgres/audit/ledger-audit.ts';
import { sumWallets } from '#shared/stores/postgres/audit/sum-wallets.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { checkLedgerChain } from '#shared/stores/postgres/ledger/chain/ledger-chain-check.ts';
import { until } from '#shared/testing/until.ts';
import { intruder } from './intruder.ts';
import { sealAllEntries } from './seal-all-entries.ts';

const never = () => false;

/** The instant at which a month such as `2024-07` begins. */
export const monthStart = (month: string): string => `${month}-01T00:00:00Z`;

/**
 * A ledger with a partition for each of these months, which precede the existing ones, and a folder
 * to archive them to.
 */
export const ledgerMonths = async (sql: Sql, months: readonly string[]) => {
  const folder = await mkdtemp(join(tmpdir(), 'guerdon-archive-'));
  afterAll(() => rm(folder, { recursive: true }));
  const files = archiveFolder(folder);
  const position = auditPosition(sql);
  await addMonths(sql, months);

  /** Sums everything up and seals it, as the jobs do in time. */
  const settle = async (): Promise<void> => {
    await sealAllEntries(sql);
    const isSummed = async () => {
      await sumWallets(sql, { isOver: never });
      const [row] = await sql`
        select summed_entry >= (select coalesce(max(entry_no), 0) from points_ledger) as done from ledger_position`;
      return row?.['done'] === true;
    };
    await until(isSummed);
  };

  return {
    folder,
    files,
    settle,
    /** Moves what was recorded since the last call to a day, as if it had been recorded then. */
    recordOn: async (day: string): Promise<void> => {
      await intruder(sql)(
        `update ledger_keys set recorded_at = '${day}' where recorded_at > '2026-06-01'`,
        `update points_ledger set recorded_at = '${day}' where recorded_at > '2026-06-01'`,
      );
    },
    /** Marks everything as audited, without auditing it. */
    pretendAudited: async (): Promise<void> => {
      await settle();
      await sql`update audit_position set audited_entry = (select summed_entry from ledger_position)`;
    },
    /** Archives what is due at an instant. */
    archive: async (at: string): Promise<void> => {
      const records = recordArchive(sql, { files, fileRowsMax: 1_000 });
      await records.detachDue(new Date(at), never);
      for (const partition of await records.detached()) await records.archive(partition, never);
    },
    restoreFile: (file: string) => restorePartition(sql, files, file),
    /** Restores a month of the first of its tenants. */
    restore: async (month: string) => {
      const [file] = (await files.list()).filter((name) => name.includes(month.replace('-', '_')));
      return restorePartition(sql, files, file ?? `no file of ${month}`);
    },
    /** The months that the ledger has online. */
    online: async (): Promise<readonly string[]> => {
      const rows = await sql<{ month: string }[]>`
        select to_char(starts_at at time zone 'UTC', 'YYYY-MM') as month from partitions
        where table_name = 'points_ledger' and isfinite(starts_at) order by 1`;
      return rows.map(({ month }) => month).filter((month) => months.includes(month));
    },
    /** What the full audit, the nightly one and the check of the chain find wrong. */
    wrong: async (): Promise<readonly unknown[]> => {
      await settle();
      const found: unknown[] = [];
      const add = (part: object) => {
        for (const [check, result] of Object.entries(part) as [string, Found][])
          if (result.wrong > 0) found.push({ check, examples: result.examples });
      };
      add(await auditLedger(sql));
      await position.begin({ isFull: true });
      const audit = incrementalAudit(sql, position);
      for (const step of ['entries', 'wallets', 'slice', 'incentives'] as const)
        expect(await audit[step]({ isOver: never, report: add })).toBe(true);
      return [...found, ...(await checkLedgerChain(sql)).examples];
    },
  };
};

type Found = Readonly<{ wrong: number; examples: unknown }>;

const addMonths = (sql: Sql, months: readonly string[]): Promise<void> =>
  sql.begin(async (tx) => {
    const [past] = await tx<{ partition: string; endsAt: Date }[]>`
      select partition, ends_at from partitions where table_name = 'points_ledger' and starts_at = '-infinity'`;
    if (past === undefined) throw new Error('The ledger has no first partition');
    const last = monthStart(months.at(-1) ?? '');
    await tx`alter table points_ledger detach partition ${tx(past.partition)}`;
    await tx`
      select attach_partition('points_ledger', ${past.partition}, ${last}::timestamptz + interval '1 month', ${past.endsAt})`;
    for (const month of months) {
      const partition = `points_ledger_${month.replace('-', '_')}`;
      await tx`select create_partition('points_ledger', ${partition})`;
      await tx`
        select attach_partition('points_ledger', ${partition}, ${monthStart(month)}::timestamptz,
          (${`${month}-01`}::timestamp + interval '1 month') at time zone 'UTC')`;
    }
  });
