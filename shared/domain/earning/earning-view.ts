import type { Balance } from '../ledger/balance.ts';
import type { WalletKey } from '../ledger/wallet-key.ts';
import type { CheckpointMark, EarningCheckpoint } from './earning-checkpoint.ts';
import type { EarningState } from './earning-state.ts';
import type { Entitlements } from './program.ts';

/** What rating the orders of a wallet depends on. */
export type EarningView = Entitlements &
  Readonly<{
    /**
     * The state after the last order; undefined before the first, and where orders are rated
     * independently.
     */
    earning: EarningState | undefined;
    /** The last checkpoint before the change; undefined if there is none, or none is needed. */
    checkpoint: EarningCheckpoint | undefined;
    /**
     * The state after the last archived order, from which orders are rated if there is no suitable
     * checkpoint; undefined if no order is archived or none has to be rated again.
     */
    border?: EarningCheckpoint | undefined;
  }>;

/** A locked wallet, with all that a decision about its orders depends on. */
export type WalletView = EarningView &
  Readonly<{
    key: WalletKey;
    balance: Balance;
    /** Where the state is between its checkpoints; undefined where they are not to be used. */
    mark?: CheckpointMark | undefined;
    /** The tier that was last published. */
    tier: string | undefined;
  }>;
