import { InvalidArgumentError } from 'commander';
import type { LedgerHead } from '#shared/stores/postgres/ledger/chain/ledger-heads.ts';

const pattern = /^([a-z0-9-]+):([1-9]\d{0,14}):([0-9a-f]{64})$/;

/** Reads a head as `--head` prints it, after those read before. */
export const parseHead = (
  text: string,
  before: readonly LedgerHead[] = [],
): readonly LedgerHead[] => {
  const [, tenantId, sealNo, head] = pattern.exec(text) ?? [];
  if (tenantId === undefined || sealNo === undefined || head === undefined) {
    throw new InvalidArgumentError('It must be <tenant>:<seal>:<head>, as --head prints it.');
  }
  return [...before, { tenantId, sealNo: Number(sealNo), head }];
};
