import type { Program } from '#shared/domain/earning/program.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { WalletRefusal } from '#shared/domain/wallets/wallet-refusal.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import type { Tenant } from '#shared/stores/postgres/tenants/tenant-store.ts';
import type { Dependencies } from './dependencies.ts';

/** Refusals that would recur, by status; every other one is a conflict with the present state. */
const statuses: Readonly<Partial<Record<WalletRefusal['reason'], number>>> = {
  'self-transfer': 400,
  'redemption-not-found': 404,
  'key-reused': 422,
};

/** Returns why a wallet is unchanged, for the caller. */
export const refuse = ({ reason, detail }: WalletRefusal): HttpProblem =>
  new HttpProblem(statuses[reason] ?? 409, reason, detail);

/** A program with the tenant it belongs to. */
export type TenantProgram = Readonly<{ tenant: Tenant; program: Program }>;

/** The active tenant of a wallet. @throws HttpProblem 404 when there is none. */
export const findTenant = async (
  { tenants }: Pick<Dependencies, 'tenants'>,
  { tenantId }: Pick<WalletKey, 'tenantId'>,
): Promise<Tenant> => {
  const tenant = await tenants.find(tenantId);
  if (tenant?.status === 'ACTIVE') return tenant;
  throw new HttpProblem(
    404,
    'tenant-not-found',
    `Tenant ${tenantId} does not exist or is not active`,
  );
};

/** The program of a wallet. @throws HttpProblem 404 when there is none, or no such tenant. */
export const findProgram = async (
  dependencies: Pick<Dependencies, 'tenants'>,
  wallet: Pick<WalletKey, 'tenantId' | 'program'>,
): Promise<TenantProgram> => {
  const tenant = await findTenant(dependencies, wallet);
  const program = tenant.programs.find((known) => known.program === wallet.program);
  if (program !== undefined) return { tenant, program };
  throw new HttpProblem(404, 'program-not-found', `Program ${wallet.program} does not exist`);
};

/** What findProgram may refuse, for the document. */
export const programProblems = { 404: 'The tenant or program does not exist' };
