import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import { derivedId } from '#shared/eventing/domain-event.ts';
import { runs } from '#shared/testing/runs.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { earnEntry } from '#shared/testing/worlds/ledger-entries.ts';
import { lotIdOf } from '#shared/testing/worlds/wallets.ts';
import { ledgerStore } from '../ledger/ledger-store.ts';
import { walletReader } from './wallet-reader.ts';
import { walletStore } from './wallet-store.ts';

const sql = await testSql({ max: 2 });
const wallets = walletStore(sql);
const ledger = ledgerStore(sql);
const reader = walletReader(sql);

const customers = ['c-1', 'c-2', 'c-3'] as const;

/** What the model knows of one customer: points by expiry, soonest first; and open reservations. */
type Pocket = { expiresAt: Date | undefined; points: number }[];
type Model = {
  pockets: ReadonlyMap<string, Pocket>;
  pending: Map<string, number>;
  reservations: { id: string; customerId: string; points: number; parts: Pocket; until: number }[];
};

const customer = fc.constantFrom(...customers);
const points = fc.integer({ min: 1, max: 60 });
/** Days until points expire: far longer than the commands take. */
const expiry = fc.constantFrom(undefined, 30, 60, 90);
const kind = <const Kind extends string>(name: Kind) => fc.constant(name);
const earning = fc.record({
  kind: kind('earn'),
  customer,
  points: fc.integer({ min: 1, max: 100 }),
  expiry,
  isPending: fc.boolean(),
});
const command = fc.oneof(
  { arbitrary: earning, weight: 3 },
  {
    arbitrary: fc.record({ kind: kind('reserve'), customer, points, commit: fc.boolean() }),
    weight: 6,
  },
  {
    arbitrary: fc.record({
      kind: kind('commit'),
      which: fc.nat(9),
      part: fc.integer({ min: 1, max: 100 }),
    }),
    weight: 3,
  },
  fc.record({ kind: kind('void'), which: fc.nat(9) }),
  { arbitrary: fc.record({ kind: kind('transfer'), customer, to: customer, points }), weight: 3 },
  {
    arbitrary: fc.record({
      kind: kind('adjust'),
      customer,
      points: fc.integer({ min: -60, max: 60 }).filter((amount) => amount !== 0),
      expiry,
    }),
    weight: 2,
  },
  {
    arbitrary: fc.record({ kind: kind('wait'), minutes: fc.integer({ min: 1, max: 15 }) }),
    weight: 2,
  },
  fc.record({ kind: kind('time out') }),
);
type Command = typeof command extends fc.Arbitrary<infer Made> ? Made : never;

const begin = new Date('2026-11-21T10:00:00Z').getTime();
const dayMs = 86_400_000;
const dateOf = (days: number | undefined) =>
  days === undefined ? undefined : new Date(begin + days * dayMs);
const time = (date: Date | undefined) => date?.getTime() ?? Number.POSITIVE_INFINITY;

const put = (pocket: Pocket, expiresAt: Date | undefined, added: number): void => {
  const found = pocket.find((part) => time(part.expiresAt) === time(expiresAt));
  if (found) found.points += added;
  else pocket.push({ expiresAt, points: added });
  pocket.sort((one, other) => time(one.expiresAt) - time(other.expiresAt));
};

/** Takes points out of a pocket, soonest expiry first; undefined when it does not hold them. */
const take = (pocket: Pocket, wanted: number): Pocket | undefined => {
  if (pocket.reduce((sum, part) => sum + part.points, 0) < wanted) return undefined;
  let left = wanted;
  return pocket.flatMap((part) => {
    const taken = Math.min(left, part.points);
    part.points -= taken;
    left -= taken;
    return taken > 0 ? [{ ...part, points: taken }] : [];
  });
};

const nothing = { points: 0, pending: 0, reserved: 0, lifetime: 0 };
const sumOf = (pocket: Pocket) => pocket.reduce((sum, part) => sum + part.points, 0);

let models = 0;
/** What the commands came to, so that a test of nothing but refusals is noticed. */
const seen = new Set<string>();

/** Runs commands on both, and compares after each. */
const run = async (commands: readonly Command[]): Promise<void> => {
  const tenantId = `model-${(models += 1)}`;
  const model: Model = {
    pockets: new Map(customers.map((id) => [id, []])),
    pending: new Map(),
    reservations: [],
  };
  const past: { at: Date; states: object[] }[] = [];
  let now = begin;
  const walletOf = (customerId: string): WalletKey => ({ tenantId, customerId, program: 'points' });
  const pocketOf = (customerId: string) => model.pockets.get(customerId)!;
  const domainEvent = () => ({
    id: derivedId(tenantId, 'domainEvent', String(past.length)),
    time: new Date(now),
  });

  const note = (outcome: Readonly<{ kind: string; reason?: string }>) =>
    seen.add(outcome.reason ?? outcome.kind);

  const giveBack = (ended: Model['reservations']) => {
    for (const { customerId, parts } of ended)
      for (const part of parts) put(pocketOf(customerId), part.expiresAt, part.points);
    model.reservations = model.reservations.filter((open) => !ended.includes(open));
  };
  /** Whoever touches a wallet ends what is overdue in it. */
  const touch = (customerId: string) =>
    giveBack(
      model.reservations.filter((open) => open.customerId === customerId && open.until <= now),
    );

  const steps = {
    earn: async (
      { customer, points, expiry, isPending }: Extract<Command, { kind: 'earn' }>,
      id: string,
    ) => {
      const [wallet, expiresAt] = [walletOf(customer), dateOf(expiry)];
      const usable = { account: 'available', lotId: lotIdOf(wallet, expiresAt) } as const;
      const pending = { account: 'pending', lotId: id, awaits: 'delivered' } as const;
      const entry = {
        ...wallet,
        orderId: id,
        points,
        expiresAt,
        ...(isPending ? pending : usable),
      };
      await ledger.commit([earnEntry(entry)]);
      if (isPending) model.pending.set(customer, (model.pending.get(customer) ?? 0) + points);
      else put(pocketOf(customer), expiresAt, points);
    },
    reserve: async (
      { customer, points, commit }: Extract<Command, { kind: 'reserve' }>,
      id: string,
    ) => {
      touch(customer);
      const parts = take(pocketOf(customer), points);
      const until = now + 10 * 60_000;
      const { outcome } = await wallets.reserve(
        {
          ...walletOf(customer),
          redemptionId: id,
          points,
          createdBy: 'm',
          timesOutAt: new Date(until),
          commit,
          now: new Date(now),
          cause: 'm',
        },
        domainEvent,
      );
      note(outcome);
      expect(outcome.kind).toBe(parts ? 'redemption' : 'refused');
      if (parts && !commit)
        model.reservations.push({ id, customerId: customer, points, parts, until });
    },
    commit: async ({ which, part }: Extract<Command, { kind: 'commit' }>) => {
      const open = model.reservations[which % Math.max(1, model.reservations.length)];
      if (open === undefined) return;
      const committed = Math.ceil((open.points * part) / 100);
      touch(open.customerId);
      const isOpen = model.reservations.includes(open);
      const key = { ...walletOf(open.customerId), redemptionId: open.id };
      const { outcome } = await wallets.commit(
        { ...key, points: committed, now: new Date(now), cause: 'm' },
        domainEvent,
      );
      note(outcome);
      expect(outcome.kind).toBe(isOpen ? 'redemption' : 'refused');
      if (!isOpen) return;
      if (open.parts.length > 1) seen.add('commit over several lots');
      take(open.parts, committed);
      giveBack([open]);
    },
    void: async ({ which }: Extract<Command, { kind: 'void' }>) => {
      const open = model.reservations[which % Math.max(1, model.reservations.length)];
      if (open === undefined) return;
      await wallets.void({
        ...walletOf(open.customerId),
        redemptionId: open.id,
        now: new Date(now),
      });
      touch(open.customerId);
      giveBack(model.reservations.filter((other) => other === open));
    },
    transfer: async (
      { customer, to, points }: Extract<Command, { kind: 'transfer' }>,
      id: string,
    ) => {
      touch(customer);
      touch(to);
      const parts = customer === to ? undefined : take(pocketOf(customer), points);
      const { outcome } = await wallets.transfer(
        {
          transferId: id,
          from: walletOf(customer),
          to,
          points,
          now: new Date(now),
          cause: 'm',
          lotIdOf,
        },
        domainEvent,
      );
      note(outcome);
      expect(outcome.kind).toBe(parts ? 'moved' : 'refused');
      for (const part of parts ?? []) put(pocketOf(to), part.expiresAt, part.points);
    },
    adjust: async (
      { customer, points, expiry }: Extract<Command, { kind: 'adjust' }>,
      id: string,
    ) => {
      touch(customer);
      const [wallet, expiresAt] = [walletOf(customer), dateOf(expiry)];
      const taken = points < 0 ? take(pocketOf(customer), -points) : [];
      if (points > 0) put(pocketOf(customer), expiresAt, points);
      const { outcome } = await wallets.adjust(
        {
          adjustmentId: id,
          wallet,
          points,
          reason: 'm',
          by: 'm',
          lot: { lotId: lotIdOf(wallet, expiresAt), expiresAt },
          allowNegative: false,
          cause: 'm',
          now: new Date(now),
        },
        domainEvent,
      );
      note(outcome);
      expect(outcome.kind).toBe(taken ? 'moved' : 'refused');
    },
    wait: ({ minutes }: Extract<Command, { kind: 'wait' }>) => {
      now += minutes * 60_000;
      return Promise.resolve();
    },
    'time out': async () => {
      await wallets.timeOut(new Date(now), 100);
      for (const customerId of customers) touch(customerId);
    },
  };

  /** What a customer should have. */
  const expected = (customerId: string) => {
    const open = model.reservations.filter((one) => one.customerId === customerId);
    const all: Pocket = [];
    for (const { expiresAt, points } of [
      pocketOf(customerId),
      ...open.map(({ parts }) => parts),
    ].flat())
      put(all, expiresAt, points);
    return {
      points: sumOf(all),
      pending: model.pending.get(customerId) ?? 0,
      reserved: open.reduce((sum, one) => sum + one.points, 0),
      lots: all
        .filter((part) => part.points > 0)
        .map((part) => [time(part.expiresAt), part.points]),
    };
  };

  const compare = async (customerId: string) => {
    const { lots: expectedLots, ...expectedBalance } = expected(customerId);
    const { points, pending, reserved } = expectedBalance;
    const [{ balance } = { balance: nothing }] = await reader.wallets(walletOf(customerId));
    expect(balance).toMatchObject(expectedBalance);
    expect(reserved).toBeLessThanOrEqual(points);

    const { lines, closing } = await reader.statement(walletOf(customerId), { limit: 1_000 });
    const own = lines.filter(({ entry }) => entry.account === 'available');
    expect(own.reduce((sum, { entry }) => sum + entry.points, 0)).toBe(points);
    expect(closing).toEqual({ points, pending });

    const lots = await reader.lots(walletOf(customerId));
    const usable = lots.filter(({ account }) => account === 'available');
    const held = usable.map((lot): [number, number] => [time(lot.expiresAt), lot.points]);
    expect(held.toSorted(([one], [other]) => one - other)).toEqual(expectedLots);
    expect(usable.reduce((sum, lot) => sum + lot.reserved, 0)).toBe(reserved);
    expect(usable.every((lot) => lot.reserved >= 0 && lot.reserved <= lot.points)).toBe(true);
    return { points, pending, lifetime: balance.lifetime };
  };

  for (const [index, next] of commands.entries()) {
    await steps[next.kind](next as never, derivedId(tenantId, String(index)));
    const states: object[] = [];
    for (const customerId of customers) states.push(await compare(customerId));
    // The next command is recorded in a later millisecond than this one.
    const [row] = await sql<[{ at: Date }]>`select clock_timestamp() as at, pg_sleep(0.002)`;
    past.push({ at: row.at, states });
  }
  for (const { at, states } of past) {
    const seen = await Promise.all(
      customers.map((customerId) => reader.balanceAt(walletOf(customerId), at)),
    );
    expect(seen).toMatchObject(states);
  }
};

/**
 * What chance may leave out in a few runs: each outcome that the model knows, in one run of its
 * own.
 */
const eachOutcome: readonly Command[] = [
  { kind: 'earn', customer: 'c-1', points: 10, expiry: 30, isPending: false },
  { kind: 'earn', customer: 'c-1', points: 10, expiry: 60, isPending: false },
  { kind: 'reserve', customer: 'c-1', points: 15, commit: false },
  { kind: 'commit', which: 0, part: 80 },
  { kind: 'transfer', customer: 'c-1', to: 'c-2', points: 3 },
  { kind: 'reserve', customer: 'c-1', points: 50, commit: true },
];

describe('walletStore', () => {
  it('keeps ledger, balance, lots and reservations in agreement over any commands, and remembers every state', async () => {
    const commands = fc
      .tuple(
        fc.array(earning, { minLength: 6, maxLength: 6 }),
        fc.array(command, { minLength: 10, maxLength: 40, size: 'max' }),
      )
      .map(([first, others]) => [...first, ...others]);
    await fc.assert(fc.asyncProperty(commands, run), {
      numRuns: runs(10),
      endOnFailure: true,
      examples: [[[...eachOutcome]]],
    });
    expect([...seen]).toEqual(
      expect.arrayContaining([
        'commit over several lots',
        'insufficient-points',
        'moved',
        'redemption',
      ]),
    );
  }, 120_000);
});
