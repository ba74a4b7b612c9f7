import type { Caps } from '../limits/caps.ts';

/** What a campaign rewards: one action, or several over time. */
export type CampaignType = 'SIMPLE' | 'QUEST';

/**
 * DRAFT until it is activated; PAUSED until it is activated again; ENDED permanently. A campaign
 * that is ACTIVE past its end counts only late events.
 */
export type CampaignStatus = 'DRAFT' | 'ACTIVE' | 'PAUSED' | 'ENDED';

/**
 * A tree of named clauses, each a CEL expression (https://cel.dev) over an event:
 * `event.amountMinor >= 50000`.
 */
export type Clause = Readonly<
  { all: readonly Clause[] } | { any: readonly Clause[] } | { name: string; when: string }
>;

type Leaf = Extract<Clause, { when: string }>;

/** One action that meets the clauses; without clauses, any. */
export type SimpleRule = Readonly<{ action: string; when?: Clause | undefined }>;

/** A step is done once `count` events of its action have met its clauses. */
export type QuestStep = SimpleRule & Readonly<{ name: string; count: number }>;

/**
 * Steps to be done by one user, in event time whatever the order of arrival. `ordered`: each step
 * after the previous one, and an event counts for one step at most; `any`: in any order, and an
 * event counts for every step that it meets. A completed quest starts over with later events.
 */
export type QuestRule = Readonly<{
  order: 'ordered' | 'any';
  steps: readonly QuestStep[];
  /** From its first event to its last at most. */
  withinSeconds?: number | undefined;
}>;

/**
 * The amount: fixed, or a share of a field of the event in basis points, rounded down, up to a
 * maximum.
 */
export type RewardAmount = Readonly<
  | { kind: 'fixed'; amount: number }
  | { kind: 'share'; field: string; basisPoints: number; max: number }
>;

type Expiring = Readonly<{
  /** Days of 24 hours after the qualifying event; never if omitted. */
  expiresAfterDays?: number | undefined;
}>;

/** What a user who qualifies gets. Amounts are points, or minor units of the currency. */
export type Reward = Expiring &
  Readonly<
    | { type: 'POINTS'; program: string; amount: RewardAmount }
    /**
     * Credited to a program of that currency if one is given; otherwise a consumer of the event
     * pays it.
     */
    | { type: 'CASHBACK'; currency: string; program?: string | undefined; amount: RewardAmount }
    | { type: 'COUPON'; pool: string }
  >;

/** Which of the campaigns of a group that an event qualifies for at once are rewarded. */
export type StackingPolicy = 'stack' | 'first' | 'highest' | 'lowest';

/** Campaigns of one group compete for an event; a campaign without a group competes with none. */
type Stacking = Readonly<{ group: string; policy: StackingPolicy }>;

/** What happens to events that arrive later than this: they count, or are ignored. */
type Lateness = Readonly<{ afterSeconds: number; policy: 'count' | 'ignore' }>;

/** The terms of one version of a campaign; they never change. */
export type CampaignTerms = Readonly<{
  name: string;
  description?: string | undefined;
  /** In event time: from the first instant until just before the second. */
  startAt: Date;
  endAt: Date;
  /**
   * IANA; the tenant's when left out. What `local` means in clauses; a day of limits is always the
   * tenant's.
   */
  timeZone?: string | undefined;
  /**
   * Smaller comes first: within a stacking group, and for caps that the campaigns of one event
   * share.
   */
  priority: number;
  /**
   * Only SIMPLE campaigns compete, because the event that completes a quest depends on the order of
   * arrival.
   */
  stacking?: Stacking | undefined;
  /** Only its members qualify; the members as of the event. */
  cohort?: string | undefined;
  reward: Reward;
  limits: Readonly<{
    /** Limits for all users together. */
    overall?: Caps | undefined;
    /** Limits per user. */
    perUser?: Caps | undefined;
    /**
     * The most that it may give in total, in the unit of its reward; for coupons, the number of
     * codes.
     */
    budget?: number | undefined;
  }>;
  lateness: Lateness;
}> &
  (Readonly<{ type: 'SIMPLE'; rule: SimpleRule }> | Readonly<{ type: 'QUEST'; rule: QuestRule }>);

/** A campaign with its current version. */
export type Campaign = Readonly<{
  tenantId: string;
  campaignId: string;
  version: number;
  status: CampaignStatus;
  terms: CampaignTerms;
}>;

/** The rules by which events of a campaign count: the steps of a quest, or its one action. */
export const stepsOf = ({ type, rule }: CampaignTerms): readonly QuestStep[] =>
  type === 'QUEST' ? rule.steps : [{ ...rule, name: 'action', count: 1 }];

/** Every clause that has an expression, in the order of the document. */
export const leavesOf = (clause: Clause | undefined): readonly Leaf[] => {
  if (clause === undefined) return [];
  if ('all' in clause) return clause.all.flatMap(leavesOf);
  return 'any' in clause ? clause.any.flatMap(leavesOf) : [clause];
};

/** All expressions of a campaign, in the order of the document. */
export const expressionsOf = (terms: CampaignTerms): readonly string[] =>
  stepsOf(terms).flatMap(({ when: clause }) => leavesOf(clause).map(({ when }) => when));
