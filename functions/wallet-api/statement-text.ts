import type { EntryKind, LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import { toMinorUnits } from '#shared/domain/money/minor-units.ts';

type Say = (entry: LedgerEntry, amount: string) => string;

const sayings: Readonly<Record<EntryKind, Say>> = {
  EARN: (entry, amount) => `Earned ${amount} with order ${entry.orderId}${pendingText(entry)}`,
  REVERSE: ({ orderId }, amount) => `Took back ${amount} for a refund of order ${orderId}`,
  REVISE: ({ points, orderId }, amount) =>
    `${points < 0 ? 'Took back' : 'Added'} ${amount}: order ${orderId} was rated again`,
  RELEASE: (_, amount) => `${amount} can be used now`,
  EXPIRE: (_, amount) => `${amount} lapsed`,
  REDEEM: ({ reason }, amount) => `Spent ${amount}${reason === undefined ? '' : `: ${reason}`}`,
  TRANSFER: ({ points, reason = '' }, amount) =>
    `${points < 0 ? 'Sent' : 'Received'} ${amount} ${reason}`,
  ADJUST: (entry, amount) => adjustmentText(entry, amount),
  REWARD: ({ reason = 'a campaign' }, amount) => `Received ${amount} from ${reason}`,
  REVOKE: ({ reason = 'a campaign' }, amount) => `Took back ${amount} of ${reason}`,
};

/** Says in a sentence what an entry did, for the customer whose statement it is on. */
export const statementText = (entry: LedgerEntry, unit: string): string =>
  sayings[entry.kind](entry, amountText(Math.abs(entry.points), unit));

const pendingText = ({ account, availableAt, awaits }: LedgerEntry): string => {
  if (account === 'available') return '';
  if (awaits !== undefined) return `, to be used once it is ${awaits}`;
  return availableAt === undefined
    ? ', to be used later'
    : `, to be used from ${availableAt.toISOString()}`;
};

const adjustmentText = (
  { counterAccount, points, orderId, reason }: LedgerEntry,
  amount: string,
): string => {
  const taken =
    orderId === undefined ? `what was taken back of ${reason}` : `what order ${orderId} lost`;
  if (counterAccount === 'written-off') return `Left ${amount} that had been spent, of ${taken}`;
  if (counterAccount === 'expired') return `Left ${amount} that had lapsed, of ${taken}`;
  if (reason === undefined) return `Settled ${amount} of what was owed with lapsing ones`;
  return `${points < 0 ? 'Taken' : 'Given'} ${amount} by ${reason}`;
};

/** An amount of a program's unit: points, or money of a currency. */
const amountText = (amount: number, unit: string): string => {
  if (unit === 'POINTS') return `${amount} ${amount === 1 ? 'point' : 'points'}`;
  const hasMinorUnits = typeof toMinorUnits('0.01', unit) === 'number';
  if (!hasMinorUnits) return `${unit} ${amount}`;
  const digits = String(amount).padStart(3, '0');
  return `${unit} ${digits.slice(0, -2)}.${digits.slice(-2)}`;
};
