// Written by `npm run docs` from docs/api/cms-api.openapi.json.

type NewTenant = {
  /** Identifier used in paths, events and tokens */
  tenantId: string;
  /** Display name */
  name: string;
  /** Default currency of its orders */
  currency: string;
  /** Time zone of the local days, months and years of its limits and programs */
  timeZone: string;
};

type Caps = {
  /** Maximum incentives per local day of the tenant */
  maxPerDay?: number | undefined;
  /** Maximum incentives in all, or in any window of windowDays */
  maxTotal?: number | undefined;
  /** maxTotal applies to any sliding window of this many local days. Defaults to all time */
  windowDays?: number | undefined;
  /** Caps by unit: points, or minor units of a currency */
  amounts?: Readonly<Record<string, {
    /** Maximum amount per local day of the tenant */
    maxPerDay?: number | undefined;
    /** Maximum amount in all, or in any window of windowDays */
    maxTotal?: number | undefined;
  }>> | undefined;
};

type NewAction = {
  /** What the user did */
  description: string;
  /** Fields of the payload. Other fields are stored, but expressions cannot use them */
  fields: Readonly<Record<string, {
    /** int is a whole number within ±2^53; double is for measures, never for money; a string has at most 1,000 characters, strings 100 of at most 200 */
    type: 'int' | 'double' | 'string' | 'bool' | 'timestamp' | 'strings';
    /** Guard optional fields with has(event.x) in expressions */
    required: boolean;
    description?: string | undefined;
  }>>;
};

type NewCampaign = {
  /** Defaults to the token's tenant */
  tenantId?: string | undefined;
  type: 'SIMPLE';
  name: string;
  description?: string | undefined;
  /** Start of the campaign (inclusive), in event time */
  startAt: string;
  /** End of the campaign (exclusive), in event time */
  endAt: string;
  /** Time zone of local times in clauses. Defaults to the tenant's */
  timeZone?: string | undefined;
  /** Lower comes first, within a stacking group and when campaigns of one event share caps */
  priority?: number | undefined;
  /** Which qualifying campaign of a group is rewarded first. If it has nothing left, the next one is */
  stacking?: {
    group: string;
    policy: 'stack' | 'first' | 'highest' | 'lowest';
  } | undefined;
  /** Only for members of this cohort at the time of the event */
  cohort?: string | undefined;
  reward: {
    type: 'POINTS';
    program?: string | undefined;
    /** Points, or minor units of the currency */
    amount: {
      kind: 'fixed';
      amount: number;
    } | {
      kind: 'share';
      /** An int field of the action */
      field: string;
      /** Share of the field in basis points (500 = 5%), rounded down */
      basisPoints: number;
      max: number;
    };
    /** Expires this many days of 24 hours after the qualifying event. Defaults to never */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'CASHBACK';
    currency: string;
    /** Program to credit, in the same currency. Without one, consumers of the event pay it out */
    program?: string | undefined;
    /** Points, or minor units of the currency */
    amount: {
      kind: 'fixed';
      amount: number;
    } | {
      kind: 'share';
      /** An int field of the action */
      field: string;
      /** Share of the field in basis points (500 = 5%), rounded down */
      basisPoints: number;
      max: number;
    };
    /** Expires this many days of 24 hours after the qualifying event. Defaults to never */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'COUPON';
    pool: string;
    /** Expires this many days of 24 hours after the qualifying event. Defaults to never */
    expiresAfterDays?: number | undefined;
  };
  limits?: {
    /** Limits for all users together */
    overall?: CampaignCaps | undefined;
    /** Limits per user */
    perUser?: CampaignCaps | undefined;
    /** Total budget in the unit of the reward; for coupons, the number of codes */
    budget?: number | undefined;
  } | undefined;
  lateness?: {
    afterSeconds: number;
    /** What happens to events that arrive later than that */
    policy: 'count' | 'ignore';
  } | undefined;
  /** A single action that meets the condition */
  rule: {
    action: string;
    /** Condition that an event must meet. Defaults to any event of the action */
    when?: Clause | undefined;
  };
} | {
  /** Defaults to the token's tenant */
  tenantId?: string | undefined;
  type: 'QUEST';
  name: string;
  description?: string | undefined;
  /** Start of the campaign (inclusive), in event time */
  startAt: string;
  /** End of the campaign (exclusive), in event time */
  endAt: string;
  /** Time zone of local times in clauses. Defaults to the tenant's */
  timeZone?: string | undefined;
  /** Lower comes first, within a stacking group and when campaigns of one event share caps */
  priority?: number | undefined;
  /** Which qualifying campaign of a group is rewarded first. If it has nothing left, the next one is */
  stacking?: {
    group: string;
    policy: 'stack' | 'first' | 'highest' | 'lowest';
  } | undefined;
  /** Only for members of this cohort at the time of the event */
  cohort?: string | undefined;
  reward: {
    type: 'POINTS';
    program?: string | undefined;
    /** Points, or minor units of the currency */
    amount: {
      kind: 'fixed';
      amount: number;
    } | {
      kind: 'share';
      /** An int field of the action */
      field: string;
      /** Share of the field in basis points (500 = 5%), rounded down */
      basisPoints: number;
      max: number;
    };
    /** Expires this many days of 24 hours after the qualifying event. Defaults to never */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'CASHBACK';
    currency: string;
    /** Program to credit, in the same currency. Without one, consumers of the event pay it out */
    program?: string | undefined;
    /** Points, or minor units of the currency */
    amount: {
      kind: 'fixed';
      amount: number;
    } | {
      kind: 'share';
      /** An int field of the action */
      field: string;
      /** Share of the field in basis points (500 = 5%), rounded down */
      basisPoints: number;
      max: number;
    };
    /** Expires this many days of 24 hours after the qualifying event. Defaults to never */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'COUPON';
    pool: string;
    /** Expires this many days of 24 hours after the qualifying event. Defaults to never */
    expiresAfterDays?: number | undefined;
  };
  limits?: {
    /** Limits for all users together */
    overall?: CampaignCaps | undefined;
    /** Limits per user */
    perUser?: CampaignCaps | undefined;
    /** Total budget in the unit of the reward; for coupons, the number of codes */
    budget?: number | undefined;
  } | undefined;
  lateness?: {
    afterSeconds: number;
    /** What happens to events that arrive later than that */
    policy: 'count' | 'ignore';
  } | undefined;
  rule: {
    /** ordered: each step after the previous one, in event time; any: in any order */
    order?: 'ordered' | 'any' | undefined;
    steps: readonly ({
      /** Display name, unique among the steps */
      name: string;
      action: string;
      /** Condition that an event must meet. Defaults to any event of the action */
      when?: Clause | undefined;
      /** Number of events required */
      count?: number | undefined;
    })[];
    /** Maximum time from the first event to the last. Defaults to the campaign's duration */
    withinSeconds?: number | undefined;
  };
};

type CampaignCaps = {
  /** Maximum incentives per local day of the tenant */
  maxPerDay?: number | undefined;
  /** Maximum incentives in all, or in any window of windowDays */
  maxTotal?: number | undefined;
  /** maxTotal applies to any sliding window of this many local days. Defaults to all time */
  windowDays?: number | undefined;
  /** Caps by unit: points, or minor units of a currency */
  amounts?: Readonly<Record<string, {
    /** Maximum amount per local day of the tenant */
    maxPerDay?: number | undefined;
    /** Maximum amount in all, or in any window of windowDays */
    maxTotal?: number | undefined;
  }>> | undefined;
};

type Clause = {
  all: readonly Clause[];
} | {
  any: readonly Clause[];
} | {
  /** Display name, used in explanations */
  name: string;
  /** A CEL expression (https://cel.dev): event.amountMinor >= 50000 */
  when: string;
};

type CampaignTerms = {
  type: 'SIMPLE';
  name: string;
  description?: string | undefined;
  /** Start of the campaign (inclusive), in event time */
  startAt: string;
  /** End of the campaign (exclusive), in event time */
  endAt: string;
  /** Time zone of local times in clauses. Defaults to the tenant's */
  timeZone?: string | undefined;
  /** Lower comes first, within a stacking group and when campaigns of one event share caps */
  priority?: number | undefined;
  /** Which qualifying campaign of a group is rewarded first. If it has nothing left, the next one is */
  stacking?: {
    group: string;
    policy: 'stack' | 'first' | 'highest' | 'lowest';
  } | undefined;
  /** Only for members of this cohort at the time of the event */
  cohort?: string | undefined;
  reward: {
    type: 'POINTS';
    program?: string | undefined;
    /** Points, or minor units of the currency */
    amount: {
      kind: 'fixed';
      amount: number;
    } | {
      kind: 'share';
      /** An int field of the action */
      field: string;
      /** Share of the field in basis points (500 = 5%), rounded down */
      basisPoints: number;
      max: number;
    };
    /** Expires this many days of 24 hours after the qualifying event. Defaults to never */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'CASHBACK';
    currency: string;
    /** Program to credit, in the same currency. Without one, consumers of the event pay it out */
    program?: string | undefined;
    /** Points, or minor units of the currency */
    amount: {
      kind: 'fixed';
      amount: number;
    } | {
      kind: 'share';
      /** An int field of the action */
      field: string;
      /** Share of the field in basis points (500 = 5%), rounded down */
      basisPoints: number;
      max: number;
    };
    /** Expires this many days of 24 hours after the qualifying event. Defaults to never */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'COUPON';
    pool: string;
    /** Expires this many days of 24 hours after the qualifying event. Defaults to never */
    expiresAfterDays?: number | undefined;
  };
  limits?: {
    /** Limits for all users together */
    overall?: CampaignCaps | undefined;
    /** Limits per user */
    perUser?: CampaignCaps | undefined;
    /** Total budget in the unit of the reward; for coupons, the number of codes */
    budget?: number | undefined;
  } | undefined;
  lateness?: {
    afterSeconds: number;
    /** What happens to events that arrive later than that */
    policy: 'count' | 'ignore';
  } | undefined;
  /** A single action that meets the condition */
  rule: {
    action: string;
    /** Condition that an event must meet. Defaults to any event of the action */
    when?: Clause | undefined;
  };
} | {
  type: 'QUEST';
  name: string;
  description?: string | undefined;
  /** Start of the campaign (inclusive), in event time */
  startAt: string;
  /** End of the campaign (exclusive), in event time */
  endAt: string;
  /** Time zone of local times in clauses. Defaults to the tenant's */
  timeZone?: string | undefined;
  /** Lower comes first, within a stacking group and when campaigns of one event share caps */
  priority?: number | undefined;
  /** Which qualifying campaign of a group is rewarded first. If it has nothing left, the next one is */
  stacking?: {
    group: string;
    policy: 'stack' | 'first' | 'highest' | 'lowest';
  } | undefined;
  /** Only for members of this cohort at the time of the event */
  cohort?: string | undefined;
  reward: {
    type: 'POINTS';
    program?: string | undefined;
    /** Points, or minor units of the currency */
    amount: {
      kind: 'fixed';
      amount: number;
    } | {
      kind: 'share';
      /** An int field of the action */
      field: string;
      /** Share of the field in basis points (500 = 5%), rounded down */
      basisPoints: number;
      max: number;
    };
    /** Expires this many days of 24 hours after the qualifying event. Defaults to never */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'CASHBACK';
    currency: string;
    /** Program to credit, in the same currency. Without one, consumers of the event pay it out */
    program?: string | undefined;
    /** Points, or minor units of the currency */
    amount: {
      kind: 'fixed';
      amount: number;
    } | {
      kind: 'share';
      /** An int field of the action */
      field: string;
      /** Share of the field in basis points (500 = 5%), rounded down */
      basisPoints: number;
      max: number;
    };
    /** Expires this many days of 24 hours after the qualifying event. Defaults to never */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'COUPON';
    pool: string;
    /** Expires this many days of 24 hours after the qualifying event. Defaults to never */
    expiresAfterDays?: number | undefined;
  };
  limits?: {
    /** Limits for all users together */
    overall?: CampaignCaps | undefined;
    /** Limits per user */
    perUser?: CampaignCaps | undefined;
    /** Total budget in the unit of the reward; for coupons, the number of codes */
    budget?: number | undefined;
  } | undefined;
  lateness?: {
    afterSeconds: number;
    /** What happens to events that arrive later than that */
    policy: 'count' | 'ignore';
  } | undefined;
  rule: {
    /** ordered: each step after the previous one, in event time; any: in any order */
    order?: 'ordered' | 'any' | undefined;
    steps: readonly ({
      /** Display name, unique among the steps */
      name: string;
      action: string;
      /** Condition that an event must meet. Defaults to any event of the action */
      when?: Clause | undefined;
      /** Number of events required */
      count?: number | undefined;
    })[];
    /** Maximum time from the first event to the last. Defaults to the campaign's duration */
    withinSeconds?: number | undefined;
  };
};

type NewCampaignCopy = {
  /** Defaults to the campaign's */
  name?: string | undefined;
};

type NewProgram = {
  /** Identifier used in paths and events */
  program: string;
  /** Display name */
  name: string;
  /** POINTS, or an ISO 4217 currency whose minor units are counted */
  unit?: string | undefined;
};

type DryRun = {
  order: {
    /** Decimal amount with at most 2 places, such as "1250.50". Alternative to amountMinor */
    amount?: string | number | undefined;
    /** Amount in minor units. Alternative to amount */
    amountMinor?: number | undefined;
    currency: string;
    placedAt: string;
    /** Evaluate the order for this customer. Defaults to a customer without orders */
    customerId?: string | undefined;
    /** Cohorts of the customer. Defaults to the actual memberships */
    cohorts?: readonly string[] | undefined;
  };
  /** Rule version to evaluate, which may be a draft. Defaults to the version in effect */
  ruleVersion?: number | undefined;
  /** Evaluate as if the customer had this tier */
  tier?: string | undefined;
};

type NewRule = {
  /** Currency of the orders that it applies to */
  currency: string;
  terms: RuleTerms;
};

type RuleTerms = {
  /** Points per number of minor units, exact */
  rate: {
    points: number;
    /** 10000 paise are ₹100 */
    perMinor: number;
  };
  /** carry adds the fraction of a point to the customer's next order */
  rounding?: 'floor' | 'half-up' | 'carry' | undefined;
  /** Multipliers by order amount; 1 below the first band */
  bands?: {
    /** marginal: each part of the amount gets its own band's multiplier; whole: the whole amount gets the multiplier of the band it reaches */
    mode: 'marginal' | 'whole';
    /** Ascending by fromMinor */
    bands: readonly {
      /** Start of the band in minor units */
      fromMinor: number;
      /** Multiplier in basis points: 10000 = 1×, 15000 = 1.5× */
      multiplierBp: number;
    }[];
  } | undefined;
  /** Multiplier for orders placed within [from, until). Overlapping promotions multiply */
  promotions?: readonly ({
    id: string;
    from: string;
    /** End (exclusive), by the time the order was placed */
    until: string;
    /** Multiplier in basis points: 10000 = 1×, 15000 = 1.5× */
    multiplierBp: number;
    /** Only for members of this cohort */
    cohort?: string | undefined;
  })[] | undefined;
  /** Maximum points per customer, from the shortest period to the longest */
  caps?: {
    order?: number | undefined;
    /** Per day in the tenant's time zone */
    day?: number | undefined;
    /** Per month in the tenant's time zone */
    month?: number | undefined;
  } | undefined;
  /** When points become usable: at once, after a number of days, or after progress of the order */
  pending?: {
    kind: 'none';
  } | {
    kind: 'delay';
    /** Days of 24 hours after the order */
    days: number;
  } | {
    kind: 'event';
    /** Order progress to wait for, such as delivered */
    name: string;
  } | undefined;
  /** When points expire */
  expiry?: {
    kind: 'none';
  } | {
    kind: 'rolling';
    /** Points expire at the end of the local day this many days after the order */
    days: number;
  } | {
    kind: 'calendar';
    period: 'month' | 'quarter' | 'year';
    /** Number of periods after the order's; 0 is the end of its own period */
    more: number;
  } | undefined;
  /** What happens to points that were already spent when an order is refunded: the balance goes negative, the missing points are written off, or only pending points are debited */
  refundPolicy?: 'unlimited' | 'within-balance' | 'only-pending' | undefined;
};

type RuleActivation = {
  /** Applies to orders placed at or after this time, at least five minutes from now so that every function has loaded it. Defaults to five minutes from now */
  validFrom?: string | undefined;
  /** Does not apply to orders placed at or after this time. Defaults to when a later version takes effect */
  validUntil?: string | undefined;
};

type NewTiers = {
  terms: TierTerms;
};

type TierTerms = {
  /** Points earned, or minor units spent in the currency; both net of refunds */
  metric: 'earned' | 'spend';
  /** Currency of the orders that count as spend */
  currency: string;
  /** Period over which the metric is computed */
  window: {
    kind: 'lifetime';
  } | {
    kind: 'rolling';
    /** Number of local days, including today */
    days: number;
  } | {
    kind: 'calendar-year';
  };
  /** Ascending by threshold. Below the first there is no tier and the multiplier is 1 */
  tiers: readonly {
    name: string;
    /** Minimum value of the metric for this tier */
    threshold: number;
    /** Multiplier in basis points: 10000 = 1×, 15000 = 1.5× */
    multiplierBp: number;
  }[];
  /** Local days that a customer keeps the tier after falling below its threshold */
  graceDays: number;
  /** How a customer is downgraded: never, one tier at a time, or to the tier the metric reaches */
  downgrade: 'never' | 'one-level' | 'to-metric';
  /** Days before a downgrade at which the customer is notified */
  noticeDays: number;
};

type TiersActivation = {
  /** Applies at or after this time, at least five minutes from now so that every function has loaded it. Defaults to five minutes from now */
  validFrom?: string | undefined;
};

type NewCohort = {
  /** Identifier used in campaigns and paths */
  cohort: string;
  /** Display name */
  name: string;
  kind?: 'STATIC' | undefined;
  /** Initial members, effective in five minutes */
  members?: readonly string[] | undefined;
};

type CohortUpload = {
  /** Members to add, effective in five minutes */
  members: readonly string[];
};

type NewCohortMember = {
  /** Orders placed at or after this time are a member's. Defaults to five minutes from now, which is also the earliest, so that every order is evaluated with the same members */
  since?: string | undefined;
};

type NewCouponPool = {
  /** Identifier used in campaigns and paths */
  pool: string;
  /** Each # becomes a random character, the last one a check character. At most one in a million possible codes is generated: 8 # allow 21,870 codes. Omit it if codes are only imported */
  pattern?: string | undefined;
};

type CouponGeneration = {
  count: number;
};

type CouponImport = {
  /** Codes as users redeem them: 1 to 64 printable ASCII characters without spaces */
  codes: readonly string[];
};

type IncentiveReversal = {
  /** Recorded in the change log and in the event */
  reason: string;
};

type Evaluation = {
  event: {
    action: string;
    userId: string;
    /** When the user did it, which may be in the future. Defaults to now */
    occurredAt?: string | undefined;
    /** Payload, validated against the latest schema of the action */
    payload?: Readonly<Record<string, unknown>> | undefined;
  };
  /** Cohorts of the user. Defaults to the actual memberships */
  cohorts?: readonly string[] | undefined;
  /** Only these campaigns, in any status. Defaults to all active campaigns */
  campaignIds?: readonly string[] | undefined;
  /** Also evaluate the latest 50 drafts with this action. Ignored when campaigns are given */
  includeDrafts?: boolean | undefined;
};

type Tenant = {
  tenantId: string;
  name: string;
  currency: string;
  timeZone: string;
  status: 'ACTIVE' | 'SUSPENDED';
  createdAt: string;
};

type Limits = {
  tenantId: string;
  /** For all users together */
  limits: Caps;
  /** Limits per user */
  userLimits: Caps;
  /** Of limits */
  usage: {
    /** Today, in the tenant's time zone */
    date: string;
    day: {
      count: number;
      /** Amounts by unit */
      amounts: Readonly<Record<string, number>>;
    };
    /** Usage that counts toward maxTotal: all time, or the last windowDays */
    total: {
      count: number;
      /** Amounts by unit */
      amounts: Readonly<Record<string, number>>;
    };
  };
};

type Actions = {
  actions: readonly Action[];
  /** Cursor of the next page; null on the last page */
  nextCursor: string | null;
};

type Action = {
  action: string;
  version: number;
  description: string;
  /** Fields of the payload. Other fields are stored, but expressions cannot use them */
  fields: Readonly<Record<string, {
    /** int is a whole number within ±2^53; double is for measures, never for money; a string has at most 1,000 characters, strings 100 of at most 200 */
    type: 'int' | 'double' | 'string' | 'bool' | 'timestamp' | 'strings';
    /** Guard optional fields with has(event.x) in expressions */
    required: boolean;
    description?: string | undefined;
  }>>;
  createdAt: string;
  /** Subject of the token */
  createdBy: string;
};

type Campaign = {
  campaignId: string;
  tenantId: string;
  /** Version of the terms. Incentives refer to it */
  version: number;
  /** Incremented with every change; the ETag */
  revision: number;
  /** As of this response */
  status: 'DRAFT' | 'ACTIVE' | 'PAUSED' | 'ENDED';
  archivedAt: string | null;
  createdAt: string;
  /** Subject of the token */
  createdBy: string;
  updatedAt: string;
  type: 'SIMPLE';
  name: string;
  description?: string | undefined;
  /** Start of the campaign (inclusive), in event time */
  startAt: string;
  /** End of the campaign (exclusive), in event time */
  endAt: string;
  /** Time zone of local times in clauses. Defaults to the tenant's */
  timeZone?: string | undefined;
  /** Lower comes first, within a stacking group and when campaigns of one event share caps */
  priority: number;
  /** Which qualifying campaign of a group is rewarded first. If it has nothing left, the next one is */
  stacking?: {
    group: string;
    policy: 'stack' | 'first' | 'highest' | 'lowest';
  } | undefined;
  /** Only for members of this cohort at the time of the event */
  cohort?: string | undefined;
  reward: {
    type: 'POINTS';
    program: string;
    /** Points, or minor units of the currency */
    amount: {
      kind: 'fixed';
      amount: number;
    } | {
      kind: 'share';
      /** An int field of the action */
      field: string;
      /** Share of the field in basis points (500 = 5%), rounded down */
      basisPoints: number;
      max: number;
    };
    /** Expires this many days of 24 hours after the qualifying event. Defaults to never */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'CASHBACK';
    currency: string;
    /** Program to credit, in the same currency. Without one, consumers of the event pay it out */
    program?: string | undefined;
    /** Points, or minor units of the currency */
    amount: {
      kind: 'fixed';
      amount: number;
    } | {
      kind: 'share';
      /** An int field of the action */
      field: string;
      /** Share of the field in basis points (500 = 5%), rounded down */
      basisPoints: number;
      max: number;
    };
    /** Expires this many days of 24 hours after the qualifying event. Defaults to never */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'COUPON';
    pool: string;
    /** Expires this many days of 24 hours after the qualifying event. Defaults to never */
    expiresAfterDays?: number | undefined;
  };
  limits: {
    /** Limits for all users together */
    overall?: CampaignCaps | undefined;
    /** Limits per user */
    perUser?: CampaignCaps | undefined;
    /** Total budget in the unit of the reward; for coupons, the number of codes */
    budget?: number | undefined;
  };
  lateness: {
    afterSeconds: number;
    /** What happens to events that arrive later than that */
    policy: 'count' | 'ignore';
  };
  /** A single action that meets the condition */
  rule: {
    action: string;
    /** Condition that an event must meet. Defaults to any event of the action */
    when?: Clause | undefined;
  };
} | {
  campaignId: string;
  tenantId: string;
  /** Version of the terms. Incentives refer to it */
  version: number;
  /** Incremented with every change; the ETag */
  revision: number;
  /** As of this response */
  status: 'DRAFT' | 'ACTIVE' | 'PAUSED' | 'ENDED';
  archivedAt: string | null;
  createdAt: string;
  /** Subject of the token */
  createdBy: string;
  updatedAt: string;
  type: 'QUEST';
  name: string;
  description?: string | undefined;
  /** Start of the campaign (inclusive), in event time */
  startAt: string;
  /** End of the campaign (exclusive), in event time */
  endAt: string;
  /** Time zone of local times in clauses. Defaults to the tenant's */
  timeZone?: string | undefined;
  /** Lower comes first, within a stacking group and when campaigns of one event share caps */
  priority: number;
  /** Which qualifying campaign of a group is rewarded first. If it has nothing left, the next one is */
  stacking?: {
    group: string;
    policy: 'stack' | 'first' | 'highest' | 'lowest';
  } | undefined;
  /** Only for members of this cohort at the time of the event */
  cohort?: string | undefined;
  reward: {
    type: 'POINTS';
    program: string;
    /** Points, or minor units of the currency */
    amount: {
      kind: 'fixed';
      amount: number;
    } | {
      kind: 'share';
      /** An int field of the action */
      field: string;
      /** Share of the field in basis points (500 = 5%), rounded down */
      basisPoints: number;
      max: number;
    };
    /** Expires this many days of 24 hours after the qualifying event. Defaults to never */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'CASHBACK';
    currency: string;
    /** Program to credit, in the same currency. Without one, consumers of the event pay it out */
    program?: string | undefined;
    /** Points, or minor units of the currency */
    amount: {
      kind: 'fixed';
      amount: number;
    } | {
      kind: 'share';
      /** An int field of the action */
      field: string;
      /** Share of the field in basis points (500 = 5%), rounded down */
      basisPoints: number;
      max: number;
    };
    /** Expires this many days of 24 hours after the qualifying event. Defaults to never */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'COUPON';
    pool: string;
    /** Expires this many days of 24 hours after the qualifying event. Defaults to never */
    expiresAfterDays?: number | undefined;
  };
  limits: {
    /** Limits for all users together */
    overall?: CampaignCaps | undefined;
    /** Limits per user */
    perUser?: CampaignCaps | undefined;
    /** Total budget in the unit of the reward; for coupons, the number of codes */
    budget?: number | undefined;
  };
  lateness: {
    afterSeconds: number;
    /** What happens to events that arrive later than that */
    policy: 'count' | 'ignore';
  };
  rule: {
    /** ordered: each step after the previous one, in event time; any: in any order */
    order: 'ordered' | 'any';
    steps: readonly ({
      /** Display name, unique among the steps */
      name: string;
      action: string;
      /** Condition that an event must meet. Defaults to any event of the action */
      when?: Clause | undefined;
      /** Number of events required */
      count: number;
    })[];
    /** Maximum time from the first event to the last. Defaults to the campaign's duration */
    withinSeconds?: number | undefined;
  };
};

type FoundCampaigns = {
  campaigns: readonly {
    campaignId: string;
    version: number;
    terms: CampaignTermsOutput;
  }[];
};

type Campaigns = {
  campaigns: readonly Campaign[];
  /** Cursor of the next page; null on the last page */
  nextCursor: string | null;
};

type CampaignVersions = {
  versions: readonly CampaignVersion[];
  /** Cursor of the next page; null on the last page */
  nextCursor: string | null;
};

type CampaignVersion = {
  version: number;
  createdAt: string;
  /** Subject of the token */
  createdBy: string;
  terms: CampaignTermsOutput;
};

type CampaignDiff = {
  from: number;
  to: number;
  changes: readonly ({
    /** Path in the document, such as rule.steps.1.count */
    place: string;
    /** Omitted if there was no value */
    before?: unknown | undefined;
    /** Omitted if the value was removed */
    after?: unknown | undefined;
  })[];
};

type Programs = {
  programs: readonly Program[];
};

type Program = {
  program: string;
  name: string;
  /** POINTS, or an ISO 4217 currency whose minor units are counted */
  unit: string;
  createdAt: string;
};

type DryRunOutcome = DryRunRated | DryRunRefused;

type DryRunRated = {
  outcome: 'rated';
  points: number;
  ruleVersion: number;
  /** Tier before the order */
  tier: string | null;
  /** In order of application. The last value is the points */
  trace: readonly ({
    step: 'rate' | 'bands' | 'tier' | 'promotion' | 'carry' | 'rounding' | 'cap';
    /** What was applied */
    says: string;
    /** Value after the step, as a fraction in lowest terms */
    exact: string;
  })[];
  /** Lot that the points would be added to */
  lot: {
    /** Whether the points are pending at first */
    pending: boolean;
    /** When they become usable, if there is a delay */
    availableAt: string | null;
    /** Order progress that they wait for */
    awaits: string | null;
    /** When they expire; null: never */
    expiresAt: string | null;
  };
  /** Points that can still be earned on the order's day and in its month */
  capsLeft: {
    /** null if there is no such cap */
    day: number | null;
    /** null if there is no such cap */
    month: number | null;
  };
};

type DryRunRefused = {
  outcome: 'refused';
  reason: 'no-rule' | 'wrong-currency';
  detail: string;
};

type Rules = {
  rules: readonly Rule[];
  /** Cursor of the next page; null on the last page */
  nextCursor: string | null;
};

type Rule = {
  version: number;
  /** As of this response */
  status: 'draft' | 'scheduled' | 'in-force' | 'superseded' | 'ended';
  /** null for a draft */
  validFrom: string | null;
  /** When a later version replaces it */
  replacedAt: string | null;
  createdAt: string;
  /** Subject of the token */
  createdBy: string;
  /** Does not apply to orders placed at or after this time */
  validUntil: string | null;
  currency: string;
  terms: RuleTermsOutput;
};

type TiersPage = {
  tiers: readonly Tiers[];
  /** Cursor of the next page; null on the last page */
  nextCursor: string | null;
};

type Tiers = {
  version: number;
  /** As of this response */
  status: 'draft' | 'scheduled' | 'in-force' | 'superseded' | 'ended';
  /** null for a draft */
  validFrom: string | null;
  /** When a later version replaces it */
  replacedAt: string | null;
  createdAt: string;
  /** Subject of the token */
  createdBy: string;
  terms: TierTerms;
};

type Cohort = {
  cohortId: string;
  cohort: string;
  name: string;
  kind: 'STATIC';
  /** Number of members, including changes that take effect within five minutes */
  size: number;
  createdAt: string;
  /** Subject of the token */
  createdBy: string;
};

type ComputedCohort = {
  cohortId: string;
  size: number;
  /** When the members were counted */
  computedAt: string;
};

type CohortUploaded = {
  /** Number of new members */
  added: number;
};

type CohortMembers = {
  members: readonly CohortMember[];
  /** Cursor of the next page; null on the last page */
  nextCursor: string | null;
};

type CohortMember = {
  customerId: string;
  /** Orders placed at or after this time are a member's */
  since: string;
  /** Orders placed at or after this time are not; null: no end */
  until: string | null;
};

type CouponPool = {
  pool: string;
  pattern: string | null;
  createdAt: string;
  /** Subject of the token */
  createdBy: string;
  /** Free codes */
  free: number;
  /** Issued codes */
  claimed: number;
  /** Codes of reversed incentives; never issued again */
  voided: number;
};

type CouponsGenerated = {
  generated: number;
};

type CouponsImported = {
  imported: number;
  /** Codes that occur twice in the list or already exist in one of the tenant's pools */
  duplicates: readonly string[];
  /** Malformed codes */
  refused: readonly string[];
};

type CouponCode = {
  code: string;
  state: 'free' | 'claimed' | 'voided';
  /** Incentive that it was issued with */
  incentiveId: string | null;
  claimedAt: string | null;
  voidedAt: string | null;
};

type Incentives = {
  incentives: readonly Incentive[];
  /** Cursor of the next page; null on the last page */
  nextCursor: string | null;
};

type Incentive = {
  incentiveId: string;
  userId: string;
  campaignId: string;
  campaignVersion: number;
  /** Qualifying event; for a quest, the event that completed it */
  eventId: string;
  status: 'ISSUED' | 'REFUSED' | 'EXPIRED' | 'REVERSED';
  reward: IncentiveReward;
  refusedBy: IncentiveRefusal | null;
  /** Local day of the tenant that it counts toward */
  day: string;
  /** In event time */
  qualifiedAt: string;
  /** When it was issued or refused */
  decidedAt: string;
  /** When it expired or was reversed */
  endedAt: string | null;
};

type IncentiveReward = {
  type: 'CASHBACK' | 'POINTS' | 'COUPON';
  /** Points, or minor units of the currency; 1 for a coupon */
  amount: number;
  /** POINTS or an ISO 4217 currency; null for a coupon */
  currency: string | null;
  /** Program that it is credited to; null if it is not credited */
  program: string | null;
  couponCode: string | null;
  /** When it expires; null: never */
  expiresAt: string | null;
};

type IncentiveRefusal = {
  kind: 'cap';
  scope: 'GLOBAL' | 'USER' | 'CAMPAIGN' | 'CAMPAIGN_USER';
  /** Subject that the cap applies to */
  subject: string;
  period: 'day' | 'total' | 'window';
  /** count, or the unit of the amount */
  measure: string;
  max: number;
  /** Usage before this incentive */
  used: number;
  /** Requested by this incentive */
  asked: number;
} | {
  kind: 'no-coupon';
  pool: string;
} | {
  kind: 'reversed';
} | {
  kind: 'no-program';
  program: string;
};

type QuestProgress = {
  campaignId: string;
  version: number;
  userId: string;
  /** Number of completions, from the events recorded so far */
  completions: number;
  /** Current attempt */
  current: {
    /** First event that counts; null if there is none yet */
    startedAt: string | null;
    /** Deadline; null: none */
    endsBy: string | null;
    steps: readonly {
      name: string;
      action: string;
      /** Number of events required */
      count: number;
      /** Number of events recorded for this step */
      done: number;
    }[];
  };
};

type EvaluationOutcome = {
  occurredAt: string;
  /** The campaigns' cohorts that the user belongs to */
  cohorts: readonly string[];
  /** One for each campaign with this action */
  decisions: readonly DryDecision[];
};

type DryDecision = {
  campaignId: string;
  /** Version of the terms that were evaluated */
  version: number;
  /** Its name */
  campaign: string;
  outcome: 'qualified' | 'progressed' | 'no-match' | 'not-in-cohort' | 'outside-window' | 'too-late' | 'excluded' | 'nothing-to-give' | 'over-limit';
  /** The reason, in one sentence */
  sentence: string;
  /** Steps with this action; empty if no clause was evaluated */
  steps: readonly ({
    /** Index in the rule, from 0 */
    step: number;
    name: string;
    /** Whether its condition was met */
    met: boolean;
    /** In document order */
    clauses: readonly ({
      name: string;
      when: string;
      /** skipped: other clauses had already decided; error: it could not be evaluated */
      result: 'yes' | 'no' | 'skipped' | 'error';
      error: string | null;
    })[];
  })[];
  /** Campaign of the group that took precedence */
  excludedBy: string | null;
  /** Of the campaign */
  status: 'DRAFT' | 'ACTIVE' | 'PAUSED' | 'ENDED';
  /** How often the user has completed the quest; null if the event met none of its steps */
  completions: {
    before: number;
    after: number;
  } | null;
  /** What the user would qualify for, with the current caps */
  rewards: readonly ({
    /** A coupon gets its code when it is issued */
    reward: IncentiveReward;
    /** null if it would be issued */
    refusedBy: IncentiveRefusal | null;
  })[];
};

type ExplainedEvent = {
  event: {
    eventId: string;
    userId: string;
    action: string;
    occurredAt: string;
    payload: Readonly<Record<string, unknown>>;
    schemaVersion: number | null;
  };
  /** When it was evaluated */
  receivedAt: string;
  /** When it was reversed */
  reversedAt: string | null;
  /** One for each campaign with this action that was active then */
  decisions: readonly DecisionExplanation[];
  /** Campaigns with this action today that did not evaluate the event, with the reason */
  others: readonly {
    campaignId: string;
    campaign: string;
    sentence: string;
  }[];
  /** The incentives, with the cap that was reached if one was refused */
  incentives: readonly Incentive[];
  /** Qualifications that check-limit has not decided yet */
  underWay: readonly string[];
};

type DecisionExplanation = {
  campaignId: string;
  /** Version of the terms that were evaluated */
  version: number;
  /** Its name */
  campaign: string;
  outcome: 'qualified' | 'progressed' | 'no-match' | 'not-in-cohort' | 'outside-window' | 'too-late' | 'excluded' | 'nothing-to-give' | 'over-limit';
  /** The reason, in one sentence */
  sentence: string;
  /** Steps with this action; empty if no clause was evaluated */
  steps: readonly ({
    /** Index in the rule, from 0 */
    step: number;
    name: string;
    /** Whether its condition was met */
    met: boolean;
    /** In document order */
    clauses: readonly ({
      name: string;
      when: string;
      /** skipped: other clauses had already decided; error: it could not be evaluated */
      result: 'yes' | 'no' | 'skipped' | 'error';
      error: string | null;
    })[];
  })[];
  /** Campaign of the group that took precedence */
  excludedBy: string | null;
  /** What the user qualified for */
  incentiveIds: readonly string[];
};

type AuditPage = {
  entries: readonly AuditEntry[];
  /** Cursor of the next page; null on the last page */
  nextCursor: string | null;
};

type AuditEntry = {
  auditNo: number;
  at: string;
  /** Subject of the token that made the change */
  subject: string;
  action: string;
  /** Resource that was changed; for a denied request, its method and path */
  resource: string;
  /** null if it did not exist before */
  before: unknown;
  /** null if it no longer exists */
  after: unknown;
};

type CampaignTermsOutput = {
  type: 'SIMPLE';
  name: string;
  description?: string | undefined;
  /** Start of the campaign (inclusive), in event time */
  startAt: string;
  /** End of the campaign (exclusive), in event time */
  endAt: string;
  /** Time zone of local times in clauses. Defaults to the tenant's */
  timeZone?: string | undefined;
  /** Lower comes first, within a stacking group and when campaigns of one event share caps */
  priority: number;
  /** Which qualifying campaign of a group is rewarded first. If it has nothing left, the next one is */
  stacking?: {
    group: string;
    policy: 'stack' | 'first' | 'highest' | 'lowest';
  } | undefined;
  /** Only for members of this cohort at the time of the event */
  cohort?: string | undefined;
  reward: {
    type: 'POINTS';
    program: string;
    /** Points, or minor units of the currency */
    amount: {
      kind: 'fixed';
      amount: number;
    } | {
      kind: 'share';
      /** An int field of the action */
      field: string;
      /** Share of the field in basis points (500 = 5%), rounded down */
      basisPoints: number;
      max: number;
    };
    /** Expires this many days of 24 hours after the qualifying event. Defaults to never */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'CASHBACK';
    currency: string;
    /** Program to credit, in the same currency. Without one, consumers of the event pay it out */
    program?: string | undefined;
    /** Points, or minor units of the currency */
    amount: {
      kind: 'fixed';
      amount: number;
    } | {
      kind: 'share';
      /** An int field of the action */
      field: string;
      /** Share of the field in basis points (500 = 5%), rounded down */
      basisPoints: number;
      max: number;
    };
    /** Expires this many days of 24 hours after the qualifying event. Defaults to never */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'COUPON';
    pool: string;
    /** Expires this many days of 24 hours after the qualifying event. Defaults to never */
    expiresAfterDays?: number | undefined;
  };
  limits: {
    /** Limits for all users together */
    overall?: CampaignCaps | undefined;
    /** Limits per user */
    perUser?: CampaignCaps | undefined;
    /** Total budget in the unit of the reward; for coupons, the number of codes */
    budget?: number | undefined;
  };
  lateness: {
    afterSeconds: number;
    /** What happens to events that arrive later than that */
    policy: 'count' | 'ignore';
  };
  /** A single action that meets the condition */
  rule: {
    action: string;
    /** Condition that an event must meet. Defaults to any event of the action */
    when?: Clause | undefined;
  };
} | {
  type: 'QUEST';
  name: string;
  description?: string | undefined;
  /** Start of the campaign (inclusive), in event time */
  startAt: string;
  /** End of the campaign (exclusive), in event time */
  endAt: string;
  /** Time zone of local times in clauses. Defaults to the tenant's */
  timeZone?: string | undefined;
  /** Lower comes first, within a stacking group and when campaigns of one event share caps */
  priority: number;
  /** Which qualifying campaign of a group is rewarded first. If it has nothing left, the next one is */
  stacking?: {
    group: string;
    policy: 'stack' | 'first' | 'highest' | 'lowest';
  } | undefined;
  /** Only for members of this cohort at the time of the event */
  cohort?: string | undefined;
  reward: {
    type: 'POINTS';
    program: string;
    /** Points, or minor units of the currency */
    amount: {
      kind: 'fixed';
      amount: number;
    } | {
      kind: 'share';
      /** An int field of the action */
      field: string;
      /** Share of the field in basis points (500 = 5%), rounded down */
      basisPoints: number;
      max: number;
    };
    /** Expires this many days of 24 hours after the qualifying event. Defaults to never */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'CASHBACK';
    currency: string;
    /** Program to credit, in the same currency. Without one, consumers of the event pay it out */
    program?: string | undefined;
    /** Points, or minor units of the currency */
    amount: {
      kind: 'fixed';
      amount: number;
    } | {
      kind: 'share';
      /** An int field of the action */
      field: string;
      /** Share of the field in basis points (500 = 5%), rounded down */
      basisPoints: number;
      max: number;
    };
    /** Expires this many days of 24 hours after the qualifying event. Defaults to never */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'COUPON';
    pool: string;
    /** Expires this many days of 24 hours after the qualifying event. Defaults to never */
    expiresAfterDays?: number | undefined;
  };
  limits: {
    /** Limits for all users together */
    overall?: CampaignCaps | undefined;
    /** Limits per user */
    perUser?: CampaignCaps | undefined;
    /** Total budget in the unit of the reward; for coupons, the number of codes */
    budget?: number | undefined;
  };
  lateness: {
    afterSeconds: number;
    /** What happens to events that arrive later than that */
    policy: 'count' | 'ignore';
  };
  rule: {
    /** ordered: each step after the previous one, in event time; any: in any order */
    order: 'ordered' | 'any';
    steps: readonly ({
      /** Display name, unique among the steps */
      name: string;
      action: string;
      /** Condition that an event must meet. Defaults to any event of the action */
      when?: Clause | undefined;
      /** Number of events required */
      count: number;
    })[];
    /** Maximum time from the first event to the last. Defaults to the campaign's duration */
    withinSeconds?: number | undefined;
  };
};

type RuleTermsOutput = {
  /** Points per number of minor units, exact */
  rate: {
    points: number;
    /** 10000 paise are ₹100 */
    perMinor: number;
  };
  /** carry adds the fraction of a point to the customer's next order */
  rounding: 'floor' | 'half-up' | 'carry';
  /** Multipliers by order amount; 1 below the first band */
  bands?: {
    /** marginal: each part of the amount gets its own band's multiplier; whole: the whole amount gets the multiplier of the band it reaches */
    mode: 'marginal' | 'whole';
    /** Ascending by fromMinor */
    bands: readonly {
      /** Start of the band in minor units */
      fromMinor: number;
      /** Multiplier in basis points: 10000 = 1×, 15000 = 1.5× */
      multiplierBp: number;
    }[];
  } | undefined;
  /** Multiplier for orders placed within [from, until). Overlapping promotions multiply */
  promotions: readonly ({
    id: string;
    from: string;
    /** End (exclusive), by the time the order was placed */
    until: string;
    /** Multiplier in basis points: 10000 = 1×, 15000 = 1.5× */
    multiplierBp: number;
    /** Only for members of this cohort */
    cohort?: string | undefined;
  })[];
  /** Maximum points per customer, from the shortest period to the longest */
  caps: {
    order?: number | undefined;
    /** Per day in the tenant's time zone */
    day?: number | undefined;
    /** Per month in the tenant's time zone */
    month?: number | undefined;
  };
  /** When points become usable: at once, after a number of days, or after progress of the order */
  pending: {
    kind: 'none';
  } | {
    kind: 'delay';
    /** Days of 24 hours after the order */
    days: number;
  } | {
    kind: 'event';
    /** Order progress to wait for, such as delivered */
    name: string;
  };
  /** When points expire */
  expiry: {
    kind: 'none';
  } | {
    kind: 'rolling';
    /** Points expire at the end of the local day this many days after the order */
    days: number;
  } | {
    kind: 'calendar';
    period: 'month' | 'quarter' | 'year';
    /** Number of periods after the order's; 0 is the end of its own period */
    more: number;
  };
  /** What happens to points that were already spent when an order is refunded: the balance goes negative, the missing points are written off, or only pending points are debited */
  refundPolicy: 'unlimited' | 'within-balance' | 'only-pending';
};

/** What each operation of cms-api takes and answers. */
export type CmsApi = {
  /** Create a tenant with a default program, board and limits. */
  createTenant: {
    asked: {
      headers: {
        /** A unique key for this request, such as a UUID. Send the same key when you retry. Successful responses are stored for a day and returned again; error responses are not, so the key can be used again */
        'Idempotency-Key': string;
      };
      body: NewTenant;
    };
    answer: Tenant;
  };
  /** Get a tenant. */
  getTenant: {
    asked: {
      path: {
        tenantId: string;
      };
    };
    answer: Tenant;
  };
  /** Get a tenant's limits and their usage. */
  getLimits: {
    asked: {
      path: {
        tenantId: string;
      };
    };
    answer: Limits;
  };
  /** Set a tenant's overall limits. */
  setLimits: {
    asked: {
      path: {
        tenantId: string;
      };
      headers?: {
        /** A unique key for this request, such as a UUID. Send the same key when you retry. Successful responses are stored for a day and returned again; error responses are not, so the key can be used again */
        'Idempotency-Key'?: string | undefined;
        /** ETag of the version you are updating, including the quotes */
        'If-Match'?: string | undefined;
      };
      body: Caps;
    };
    answer: Limits;
  };
  /** Set a tenant's limits per user. */
  setUserLimits: {
    asked: {
      path: {
        tenantId: string;
      };
      headers?: {
        /** A unique key for this request, such as a UUID. Send the same key when you retry. Successful responses are stored for a day and returned again; error responses are not, so the key can be used again */
        'Idempotency-Key'?: string | undefined;
        /** ETag of the version you are updating, including the quotes */
        'If-Match'?: string | undefined;
      };
      body: Caps;
    };
    answer: Limits;
  };
  /** List actions by code. */
  listActions: {
    asked: {
      path: {
        tenantId: string;
      };
      query?: {
        /** Page size */
        limit?: number | undefined;
        /** nextCursor of the previous page */
        cursor?: string | undefined;
      };
    };
    answer: Actions;
  };
  /** Save a version of an action's payload schema, compatible with the one before. */
  putAction: {
    asked: {
      path: {
        tenantId: string;
        action: string;
      };
      headers?: {
        /** A unique key for this request, such as a UUID. Send the same key when you retry. Successful responses are stored for a day and returned again; error responses are not, so the key can be used again */
        'Idempotency-Key'?: string | undefined;
      };
      body: NewAction;
    };
    answer: Action;
  };
  /** Get an action's payload schema. */
  getAction: {
    asked: {
      path: {
        tenantId: string;
        action: string;
      };
      query?: {
        /** Defaults to the latest version */
        version?: number | undefined;
      };
    };
    answer: Action;
  };
  /** Create a campaign as a draft. */
  createCampaign: {
    asked: {
      headers: {
        /** A unique key for this request, such as a UUID. Send the same key when you retry. Successful responses are stored for a day and returned again; error responses are not, so the key can be used again */
        'Idempotency-Key': string;
      };
      body: NewCampaign;
    };
    answer: Campaign;
  };
  /** List the active campaigns for an action. */
  searchCampaigns: {
    asked: {
      query: {
        /** Defaults to the token's tenant */
        tenantId?: string | undefined;
        action: string;
      };
    };
    answer: FoundCampaigns;
  };
  /** List campaigns, newest first. */
  listCampaigns: {
    asked: {
      path: {
        tenantId: string;
      };
      query?: {
        /** Page size */
        limit?: number | undefined;
        /** nextCursor of the previous page */
        cursor?: string | undefined;
        status?: 'DRAFT' | 'ACTIVE' | 'PAUSED' | 'ENDED' | undefined;
        type?: 'SIMPLE' | 'QUEST' | undefined;
        /** Campaigns with this action */
        action?: string | undefined;
        /** Name prefix, case-insensitive */
        name?: string | undefined;
        /** Active at this time */
        activeAt?: string | undefined;
        /** Only archived campaigns */
        archived?: 'true' | 'false' | undefined;
      };
    };
    answer: Campaigns;
  };
  /** Get a campaign. */
  getCampaign: {
    asked: {
      path: {
        campaignId: string;
      };
    };
    answer: Campaign;
  };
  /** Update a campaign, as a new version. */
  updateCampaign: {
    asked: {
      path: {
        campaignId: string;
      };
      headers: {
        /** A unique key for this request, such as a UUID. Send the same key when you retry. Successful responses are stored for a day and returned again; error responses are not, so the key can be used again */
        'Idempotency-Key'?: string | undefined;
        /** ETag of the version you are updating, including the quotes */
        'If-Match': string;
      };
      body: CampaignTerms;
    };
    answer: Campaign;
  };
  /** Activate a campaign. */
  activateCampaign: {
    asked: {
      path: {
        campaignId: string;
      };
      headers?: {
        /** A unique key for this request, such as a UUID. Send the same key when you retry. Successful responses are stored for a day and returned again; error responses are not, so the key can be used again */
        'Idempotency-Key'?: string | undefined;
        /** ETag of the version you are updating, including the quotes */
        'If-Match'?: string | undefined;
      };
    };
    answer: Campaign;
  };
  /** Pause a campaign. */
  pauseCampaign: {
    asked: {
      path: {
        campaignId: string;
      };
      headers?: {
        /** A unique key for this request, such as a UUID. Send the same key when you retry. Successful responses are stored for a day and returned again; error responses are not, so the key can be used again */
        'Idempotency-Key'?: string | undefined;
        /** ETag of the version you are updating, including the quotes */
        'If-Match'?: string | undefined;
      };
    };
    answer: Campaign;
  };
  /** End a campaign. */
  endCampaign: {
    asked: {
      path: {
        campaignId: string;
      };
      headers?: {
        /** A unique key for this request, such as a UUID. Send the same key when you retry. Successful responses are stored for a day and returned again; error responses are not, so the key can be used again */
        'Idempotency-Key'?: string | undefined;
        /** ETag of the version you are updating, including the quotes */
        'If-Match'?: string | undefined;
      };
    };
    answer: Campaign;
  };
  /** Archive a draft or ended campaign. */
  archiveCampaign: {
    asked: {
      path: {
        campaignId: string;
      };
      headers?: {
        /** A unique key for this request, such as a UUID. Send the same key when you retry. Successful responses are stored for a day and returned again; error responses are not, so the key can be used again */
        'Idempotency-Key'?: string | undefined;
        /** ETag of the version you are updating, including the quotes */
        'If-Match'?: string | undefined;
      };
    };
    answer: Campaign;
  };
  /** Copy a campaign to a new draft. */
  copyCampaign: {
    asked: {
      path: {
        campaignId: string;
      };
      headers: {
        /** A unique key for this request, such as a UUID. Send the same key when you retry. Successful responses are stored for a day and returned again; error responses are not, so the key can be used again */
        'Idempotency-Key': string;
      };
      body: NewCampaignCopy;
    };
    answer: Campaign;
  };
  /** List the versions of a campaign, newest first. */
  listCampaignVersions: {
    asked: {
      path: {
        campaignId: string;
      };
      query?: {
        /** Page size */
        limit?: number | undefined;
        /** nextCursor of the previous page */
        cursor?: string | undefined;
      };
    };
    answer: CampaignVersions;
  };
  /** Get a version of a campaign. */
  getCampaignVersion: {
    asked: {
      path: {
        campaignId: string;
        version: number;
      };
    };
    answer: CampaignVersion;
  };
  /** Compare two versions of a campaign. */
  getCampaignDiff: {
    asked: {
      path: {
        campaignId: string;
      };
      query: {
        from: number;
        to: number;
      };
    };
    answer: CampaignDiff;
  };
  /** List programs by name. */
  listPrograms: {
    asked: {
      path: {
        tenantId: string;
      };
    };
    answer: Programs;
  };
  /** Create a program of points or cashback. */
  createProgram: {
    asked: {
      path: {
        tenantId: string;
      };
      headers: {
        /** A unique key for this request, such as a UUID. Send the same key when you retry. Successful responses are stored for a day and returned again; error responses are not, so the key can be used again */
        'Idempotency-Key': string;
      };
      body: NewProgram;
    };
    answer: Program;
  };
  /** Get a program. */
  getProgram: {
    asked: {
      path: {
        tenantId: string;
        /** Every tenant has the program `points` */
        program: string;
      };
    };
    answer: Program;
  };
  /** Preview what an order would earn (dry run). */
  dryRunOrder: {
    asked: {
      path: {
        tenantId: string;
        /** Every tenant has the program `points` */
        program: string;
      };
      body: DryRun;
    };
    answer: DryRunOutcome;
  };
  /** List the versions of a program's earning rule, newest first. */
  listRules: {
    asked: {
      path: {
        tenantId: string;
        /** Every tenant has the program `points` */
        program: string;
      };
      query?: {
        /** Page size */
        limit?: number | undefined;
        /** nextCursor of the previous page */
        cursor?: string | undefined;
      };
    };
    answer: Rules;
  };
  /** Create a version of a program's earning rule as a draft. */
  createRule: {
    asked: {
      path: {
        tenantId: string;
        /** Every tenant has the program `points` */
        program: string;
      };
      headers: {
        /** A unique key for this request, such as a UUID. Send the same key when you retry. Successful responses are stored for a day and returned again; error responses are not, so the key can be used again */
        'Idempotency-Key': string;
      };
      body: NewRule;
    };
    answer: Rule;
  };
  /** Get a version of a program's earning rule. */
  getRule: {
    asked: {
      path: {
        tenantId: string;
        /** Every tenant has the program `points` */
        program: string;
        version: number;
      };
    };
    answer: Rule;
  };
  /** Activate a version of a program's earning rule, in five minutes or later. */
  activateRule: {
    asked: {
      path: {
        tenantId: string;
        /** Every tenant has the program `points` */
        program: string;
        version: number;
      };
      headers?: {
        /** A unique key for this request, such as a UUID. Send the same key when you retry. Successful responses are stored for a day and returned again; error responses are not, so the key can be used again */
        'Idempotency-Key'?: string | undefined;
      };
      body: RuleActivation;
    };
    answer: Rule;
  };
  /** List the versions of a program's tiers, newest first. */
  listTiers: {
    asked: {
      path: {
        tenantId: string;
        /** Every tenant has the program `points` */
        program: string;
      };
      query?: {
        /** Page size */
        limit?: number | undefined;
        /** nextCursor of the previous page */
        cursor?: string | undefined;
      };
    };
    answer: TiersPage;
  };
  /** Create a version of a program's tiers as a draft. */
  createTiers: {
    asked: {
      path: {
        tenantId: string;
        /** Every tenant has the program `points` */
        program: string;
      };
      headers: {
        /** A unique key for this request, such as a UUID. Send the same key when you retry. Successful responses are stored for a day and returned again; error responses are not, so the key can be used again */
        'Idempotency-Key': string;
      };
      body: NewTiers;
    };
    answer: Tiers;
  };
  /** Get a version of a program's tiers. */
  getTiers: {
    asked: {
      path: {
        tenantId: string;
        /** Every tenant has the program `points` */
        program: string;
        version: number;
      };
    };
    answer: Tiers;
  };
  /** Activate a version of a program's tiers, in five minutes or later. */
  activateTiers: {
    asked: {
      path: {
        tenantId: string;
        /** Every tenant has the program `points` */
        program: string;
        version: number;
      };
      headers?: {
        /** A unique key for this request, such as a UUID. Send the same key when you retry. Successful responses are stored for a day and returned again; error responses are not, so the key can be used again */
        'Idempotency-Key'?: string | undefined;
      };
      body: TiersActivation;
    };
    answer: Tiers;
  };
  /** Create a cohort of customers for campaigns and earning rules. */
  createCohort: {
    asked: {
      headers: {
        /** A unique key for this request, such as a UUID. Send the same key when you retry. Successful responses are stored for a day and returned again; error responses are not, so the key can be used again */
        'Idempotency-Key': string;
      };
      body: NewCohort;
    };
    answer: Cohort;
  };
  /** Get a cohort and its size. */
  getCohort: {
    asked: {
      path: {
        cohortId: string;
      };
    };
    answer: Cohort;
  };
  /** Recompute a cohort. */
  recomputeCohort: {
    asked: {
      path: {
        cohortId: string;
      };
      headers?: {
        /** A unique key for this request, such as a UUID. Send the same key when you retry. Successful responses are stored for a day and returned again; error responses are not, so the key can be used again */
        'Idempotency-Key'?: string | undefined;
      };
    };
    answer: ComputedCohort;
  };
  /** Add customers to a cohort from a file, effective in five minutes. */
  uploadCohortMembers: {
    asked: {
      path: {
        cohortId: string;
      };
      headers?: {
        /** A unique key for this request, such as a UUID. Send the same key when you retry. Successful responses are stored for a day and returned again; error responses are not, so the key can be used again */
        'Idempotency-Key'?: string | undefined;
      };
      body: CohortUpload;
    };
    answer: CohortUploaded;
  };
  /** List current and future members of a cohort by customer id. */
  listCohortMembers: {
    asked: {
      path: {
        tenantId: string;
        cohort: string;
      };
      query?: {
        /** Page size */
        limit?: number | undefined;
        /** nextCursor of the previous page */
        cursor?: string | undefined;
      };
    };
    answer: CohortMembers;
  };
  /** Get a customer's membership in a cohort. */
  getCohortMember: {
    asked: {
      path: {
        tenantId: string;
        cohort: string;
        customerId: string;
      };
    };
    answer: CohortMember;
  };
  /** Add a customer to a cohort from a given time. */
  putCohortMember: {
    asked: {
      path: {
        tenantId: string;
        cohort: string;
        customerId: string;
      };
      headers?: {
        /** A unique key for this request, such as a UUID. Send the same key when you retry. Successful responses are stored for a day and returned again; error responses are not, so the key can be used again */
        'Idempotency-Key'?: string | undefined;
      };
      body: NewCohortMember;
    };
    answer: CohortMember;
  };
  /** Remove a customer from a cohort, effective in five minutes. */
  deleteCohortMember: {
    asked: {
      path: {
        tenantId: string;
        cohort: string;
        customerId: string;
      };
      headers?: {
        /** A unique key for this request, such as a UUID. Send the same key when you retry. Successful responses are stored for a day and returned again; error responses are not, so the key can be used again */
        'Idempotency-Key'?: string | undefined;
      };
    };
    answer: undefined;
  };
  /** Create a coupon pool. */
  createCouponPool: {
    asked: {
      path: {
        tenantId: string;
      };
      headers: {
        /** A unique key for this request, such as a UUID. Send the same key when you retry. Successful responses are stored for a day and returned again; error responses are not, so the key can be used again */
        'Idempotency-Key': string;
      };
      body: NewCouponPool;
    };
    answer: CouponPool;
  };
  /** Get a coupon pool and how many codes are free, issued and void. */
  getCouponPool: {
    asked: {
      path: {
        tenantId: string;
        pool: string;
      };
    };
    answer: CouponPool;
  };
  /** Generate random codes for a coupon pool. */
  generateCouponCodes: {
    asked: {
      path: {
        tenantId: string;
        pool: string;
      };
      headers: {
        /** A unique key for this request, such as a UUID. Send the same key when you retry. Successful responses are stored for a day and returned again; error responses are not, so the key can be used again */
        'Idempotency-Key': string;
      };
      body: CouponGeneration;
    };
    answer: CouponsGenerated;
  };
  /** Import codes into a coupon pool. */
  importCouponCodes: {
    asked: {
      path: {
        tenantId: string;
        pool: string;
      };
      headers?: {
        /** A unique key for this request, such as a UUID. Send the same key when you retry. Successful responses are stored for a day and returned again; error responses are not, so the key can be used again */
        'Idempotency-Key'?: string | undefined;
      };
      body: CouponImport;
    };
    answer: CouponsImported;
  };
  /** Get a coupon code and its status. */
  getCouponCode: {
    asked: {
      path: {
        tenantId: string;
        pool: string;
        code: string;
      };
    };
    answer: CouponCode;
  };
  /** List issued and refused incentives, newest first. */
  listIncentives: {
    asked: {
      path: {
        tenantId: string;
      };
      query?: {
        /** Page size */
        limit?: number | undefined;
        /** nextCursor of the previous page */
        cursor?: string | undefined;
        userId?: string | undefined;
        campaignId?: string | undefined;
        status?: 'ISSUED' | 'REFUSED' | 'EXPIRED' | 'REVERSED' | undefined;
      };
    };
    answer: Incentives;
  };
  /** Get an incentive. */
  getIncentive: {
    asked: {
      path: {
        tenantId: string;
        incentiveId: string;
      };
    };
    answer: Incentive;
  };
  /** Reverse an incentive: release its caps, debit its points, void its code. */
  reverseIncentive: {
    asked: {
      path: {
        tenantId: string;
        incentiveId: string;
      };
      headers: {
        /** A unique key for this request, such as a UUID. Send the same key when you retry. Successful responses are stored for a day and returned again; error responses are not, so the key can be used again */
        'Idempotency-Key': string;
      };
      body: IncentiveReversal;
    };
    answer: Incentive;
  };
  /** Get a user's progress in a quest. */
  getQuestProgress: {
    asked: {
      path: {
        tenantId: string;
        userId: string;
        campaignId: string;
      };
    };
    answer: QuestProgress;
  };
  /** Evaluate an event against campaigns (dry run). */
  evaluateEvent: {
    asked: {
      path: {
        tenantId: string;
      };
      body: Evaluation;
    };
    answer: EvaluationOutcome;
  };
  /** Explain why an event was or was not rewarded. */
  explainEvent: {
    asked: {
      path: {
        tenantId: string;
        eventId: string;
      };
    };
    answer: ExplainedEvent;
  };
  /** List changes and denied requests, newest first. */
  listAudit: {
    asked: {
      path: {
        tenantId: string;
      };
      query?: {
        /** Page size */
        limit?: number | undefined;
        /** nextCursor of the previous page */
        cursor?: string | undefined;
        /** Resource prefix, such as `campaigns/` or `cohorts/vip` */
        resource?: string | undefined;
        /** Only changes by this subject */
        subject?: string | undefined;
        /** Only this action, such as `access.refused` */
        action?: string | undefined;
      };
    };
    answer: AuditPage;
  };
};

/** Where each operation of cms-api is. */
export const cmsApi = {
  createTenant: { method: 'POST', path: '/api/v1/tenants' },
  getTenant: { method: 'GET', path: '/api/v1/tenants/{tenantId}' },
  getLimits: { method: 'GET', path: '/api/v1/tenants/{tenantId}/limits' },
  setLimits: { method: 'POST', path: '/api/v1/tenants/{tenantId}/limits' },
  setUserLimits: { method: 'POST', path: '/api/v1/tenants/{tenantId}/user-limits' },
  listActions: { method: 'GET', path: '/api/v1/tenants/{tenantId}/actions' },
  putAction: { method: 'PUT', path: '/api/v1/tenants/{tenantId}/actions/{action}' },
  getAction: { method: 'GET', path: '/api/v1/tenants/{tenantId}/actions/{action}' },
  createCampaign: { method: 'POST', path: '/api/v1/campaigns' },
  searchCampaigns: { method: 'GET', path: '/api/v1/campaigns/search' },
  listCampaigns: { method: 'GET', path: '/api/v1/tenants/{tenantId}/campaigns' },
  getCampaign: { method: 'GET', path: '/api/v1/campaigns/{campaignId}' },
  updateCampaign: { method: 'PUT', path: '/api/v1/campaigns/{campaignId}' },
  activateCampaign: { method: 'POST', path: '/api/v1/campaigns/{campaignId}:activate' },
  pauseCampaign: { method: 'POST', path: '/api/v1/campaigns/{campaignId}:pause' },
  endCampaign: { method: 'POST', path: '/api/v1/campaigns/{campaignId}:end' },
  archiveCampaign: { method: 'POST', path: '/api/v1/campaigns/{campaignId}:archive' },
  copyCampaign: { method: 'POST', path: '/api/v1/campaigns/{campaignId}:copy' },
  listCampaignVersions: { method: 'GET', path: '/api/v1/campaigns/{campaignId}/versions' },
  getCampaignVersion: { method: 'GET', path: '/api/v1/campaigns/{campaignId}/versions/{version}' },
  getCampaignDiff: { method: 'GET', path: '/api/v1/campaigns/{campaignId}/diff' },
  listPrograms: { method: 'GET', path: '/api/v1/tenants/{tenantId}/programs' },
  createProgram: { method: 'POST', path: '/api/v1/tenants/{tenantId}/programs' },
  getProgram: { method: 'GET', path: '/api/v1/tenants/{tenantId}/programs/{program}' },
  dryRunOrder: { method: 'POST', path: '/api/v1/tenants/{tenantId}/programs/{program}:dry-run' },
  listRules: { method: 'GET', path: '/api/v1/tenants/{tenantId}/programs/{program}/rules' },
  createRule: { method: 'POST', path: '/api/v1/tenants/{tenantId}/programs/{program}/rules' },
  getRule: { method: 'GET', path: '/api/v1/tenants/{tenantId}/programs/{program}/rules/{version}' },
  activateRule: { method: 'POST', path: '/api/v1/tenants/{tenantId}/programs/{program}/rules/{version}:activate' },
  listTiers: { method: 'GET', path: '/api/v1/tenants/{tenantId}/programs/{program}/tiers' },
  createTiers: { method: 'POST', path: '/api/v1/tenants/{tenantId}/programs/{program}/tiers' },
  getTiers: { method: 'GET', path: '/api/v1/tenants/{tenantId}/programs/{program}/tiers/{version}' },
  activateTiers: { method: 'POST', path: '/api/v1/tenants/{tenantId}/programs/{program}/tiers/{version}:activate' },
  createCohort: { method: 'POST', path: '/api/v1/cohorts' },
  getCohort: { method: 'GET', path: '/api/v1/cohorts/{cohortId}' },
  recomputeCohort: { method: 'POST', path: '/api/v1/cohorts/{cohortId}:recompute' },
  uploadCohortMembers: { method: 'POST', path: '/api/v1/cohorts/{cohortId}/members' },
  listCohortMembers: { method: 'GET', path: '/api/v1/tenants/{tenantId}/cohorts/{cohort}/members' },
  getCohortMember: { method: 'GET', path: '/api/v1/tenants/{tenantId}/cohorts/{cohort}/members/{customerId}' },
  putCohortMember: { method: 'PUT', path: '/api/v1/tenants/{tenantId}/cohorts/{cohort}/members/{customerId}' },
  deleteCohortMember: { method: 'DELETE', path: '/api/v1/tenants/{tenantId}/cohorts/{cohort}/members/{customerId}' },
  createCouponPool: { method: 'POST', path: '/api/v1/tenants/{tenantId}/coupon-pools' },
  getCouponPool: { method: 'GET', path: '/api/v1/tenants/{tenantId}/coupon-pools/{pool}' },
  generateCouponCodes: { method: 'POST', path: '/api/v1/tenants/{tenantId}/coupon-pools/{pool}/codes:generate' },
  importCouponCodes: { method: 'POST', path: '/api/v1/tenants/{tenantId}/coupon-pools/{pool}/codes:import' },
  getCouponCode: { method: 'GET', path: '/api/v1/tenants/{tenantId}/coupon-pools/{pool}/codes/{code}' },
  listIncentives: { method: 'GET', path: '/api/v1/tenants/{tenantId}/incentives' },
  getIncentive: { method: 'GET', path: '/api/v1/tenants/{tenantId}/incentives/{incentiveId}' },
  reverseIncentive: { method: 'POST', path: '/api/v1/tenants/{tenantId}/incentives/{incentiveId}:reverse' },
  getQuestProgress: { method: 'GET', path: '/api/v1/tenants/{tenantId}/users/{userId}/quests/{campaignId}' },
  evaluateEvent: { method: 'POST', path: '/api/v1/tenants/{tenantId}/evaluate' },
  explainEvent: { method: 'GET', path: '/api/v1/tenants/{tenantId}/events/{eventId}/explain' },
  listAudit: { method: 'GET', path: '/api/v1/tenants/{tenantId}/audit' },
} as const;
