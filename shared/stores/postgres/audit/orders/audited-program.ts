import type { EarningState } from '#shared/domain/earning/earning-state.ts';

/** The terms of a rule version as stored in the database. */
type RuleTerms = Readonly<{
  rate: Readonly<{ points: number; perMinor: number }>;
  rounding: 'floor' | 'half-up' | 'carry';
  bands?: Readonly<{
    mode: 'marginal' | 'whole';
    bands: readonly Readonly<{ fromMinor: number; multiplierBp: number }>[];
  }>;
  promotions: readonly Readonly<{
    id: string;
    from: string;
    until: string;
    multiplierBp: number;
    cohort?: string;
  }>[];
  caps: Readonly<{ order?: number; day?: number; month?: number }>;
}>;

/** A rule version; instants are milliseconds since 1970. */
export type AuditedRule = Readonly<{
  version: number;
  currency: string;
  beginsMs: number;
  endsMs: number | null;
  terms: RuleTerms;
}>;

/** A version of a ladder, with the local dates of its first instant and of the one before. */
export type AuditedLadder = Readonly<{
  version: number;
  beginsMs: number;
  beginsOn: string;
  dayBefore: string;
  terms: Readonly<{
    metric: 'earned' | 'spend';
    currency: string;
    window: Readonly<{ kind: 'lifetime' | 'rolling' | 'calendar-year'; days?: number }>;
    tiers: readonly Readonly<{ name: string; threshold: number; multiplierBp: number }>[];
    graceDays: number;
    downgrade: 'never' | 'one-level' | 'to-metric';
  }>;
}>;

/** A program as the audit reads it: all versions that are not drafts. */
export type AuditedProgram = Readonly<{
  rules: readonly AuditedRule[];
  ladders: readonly AuditedLadder[];
}>;

/**
 * The state of a customer after the last archived order, and the local date of that order, which is
 * empty where nothing is left of any.
 */
export type AuditedBorder = Readonly<{ state: EarningState; placedOn: string }>;

/**
 * An order as recorded: what refunds left of it, and the local date, the cohorts of its customer
 * and the granted tier when it was placed.
 */
export type AuditedOrder = Readonly<{
  orderId: string;
  placedMs: number;
  placedOn: string;
  leftMinor: number;
  currency: string;
  cohorts: readonly string[];
  /** The tier that the wallet had at least then. */
  grantedTier?: string | null | undefined;
}>;
