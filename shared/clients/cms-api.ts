// Written by `npm run docs` from docs/api/cms-api.openapi.json.

type NewTenant = {
  /** Its name in paths, events and tokens */
  tenantId: string;
  /** Its name for people */
  name: string;
  /** What its orders are usually in */
  currency: string;
  /** Whose days, months and years its limits and programs go by */
  timeZone: string;
};

type Caps = {
  /** Incentives on one local day of the tenant */
  maxPerDay?: number | undefined;
  /** Incentives in all, or within any windowDays in a row */
  maxTotal?: number | undefined;
  /** maxTotal holds for any so many local days in a row; for all days when left out */
  windowDays?: number | undefined;
  /** The same by unit: in points, or in minor units of the currency */
  amounts?: Readonly<Record<string, {
    /** By amount, on one local day of the tenant */
    maxPerDay?: number | undefined;
    /** By amount, in all or within any windowDays in a row */
    maxTotal?: number | undefined;
  }>> | undefined;
};

type NewAction = {
  /** What the user did */
  description: string;
  /** What the payload has; other fields are kept, and expressions cannot ask for them */
  fields: Readonly<Record<string, {
    /** int is a whole number within ±2^53; double is for measures, never for money; a string has at most 1,000 characters, strings 100 of at most 200 */
    type: 'int' | 'double' | 'string' | 'bool' | 'timestamp' | 'strings';
    /** Expressions ask for one that is not by has(event.…) */
    required: boolean;
    description?: string | undefined;
  }>>;
};

type NewCampaign = {
  /** The token's own, which it is when left out */
  tenantId?: string | undefined;
  type: 'SIMPLE';
  name: string;
  description?: string | undefined;
  /** By the time of events: from this instant on */
  startAt: string;
  /** Events from this instant on are too late */
  endAt: string;
  /** What local means in clauses; the tenant's when left out */
  timeZone?: string | undefined;
  /** Smaller goes first: within a stacking group, and when several campaigns of one event ask for the same caps */
  priority?: number | undefined;
  /** Which of the campaigns of a group that an event qualifies for is rewarded first; the next one where it has nothing left */
  stacking?: {
    group: string;
    policy: 'stack' | 'first' | 'highest' | 'lowest';
  } | undefined;
  /** Only for its members, as of the event */
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
      /** A field of the action that is an int */
      field: string;
      /** Of the field, rounded down: 500 is five percent */
      basisPoints: number;
      max: number;
    };
    /** Days of 24 hours from the qualifying event; for ever when left out */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'CASHBACK';
    currency: string;
    /** Of this currency, where it is credited; else whoever hears of it pays it */
    program?: string | undefined;
    /** Points, or minor units of the currency */
    amount: {
      kind: 'fixed';
      amount: number;
    } | {
      kind: 'share';
      /** A field of the action that is an int */
      field: string;
      /** Of the field, rounded down: 500 is five percent */
      basisPoints: number;
      max: number;
    };
    /** Days of 24 hours from the qualifying event; for ever when left out */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'COUPON';
    pool: string;
    /** Days of 24 hours from the qualifying event; for ever when left out */
    expiresAfterDays?: number | undefined;
  };
  limits?: {
    /** Of all that the campaign gives */
    overall?: CampaignCaps | undefined;
    /** Of what it gives to one user */
    perUser?: CampaignCaps | undefined;
    /** The most that it may give in all, in the unit of its reward; of coupons, codes */
    budget?: number | undefined;
  } | undefined;
  lateness?: {
    afterSeconds: number;
    /** What becomes of events that come later than that */
    policy: 'count' | 'ignore';
  } | undefined;
  /** One action that meets the clauses */
  rule: {
    action: string;
    /** Which events of the action count; any when left out */
    when?: Clause | undefined;
  };
} | {
  /** The token's own, which it is when left out */
  tenantId?: string | undefined;
  type: 'QUEST';
  name: string;
  description?: string | undefined;
  /** By the time of events: from this instant on */
  startAt: string;
  /** Events from this instant on are too late */
  endAt: string;
  /** What local means in clauses; the tenant's when left out */
  timeZone?: string | undefined;
  /** Smaller goes first: within a stacking group, and when several campaigns of one event ask for the same caps */
  priority?: number | undefined;
  /** Which of the campaigns of a group that an event qualifies for is rewarded first; the next one where it has nothing left */
  stacking?: {
    group: string;
    policy: 'stack' | 'first' | 'highest' | 'lowest';
  } | undefined;
  /** Only for its members, as of the event */
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
      /** A field of the action that is an int */
      field: string;
      /** Of the field, rounded down: 500 is five percent */
      basisPoints: number;
      max: number;
    };
    /** Days of 24 hours from the qualifying event; for ever when left out */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'CASHBACK';
    currency: string;
    /** Of this currency, where it is credited; else whoever hears of it pays it */
    program?: string | undefined;
    /** Points, or minor units of the currency */
    amount: {
      kind: 'fixed';
      amount: number;
    } | {
      kind: 'share';
      /** A field of the action that is an int */
      field: string;
      /** Of the field, rounded down: 500 is five percent */
      basisPoints: number;
      max: number;
    };
    /** Days of 24 hours from the qualifying event; for ever when left out */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'COUPON';
    pool: string;
    /** Days of 24 hours from the qualifying event; for ever when left out */
    expiresAfterDays?: number | undefined;
  };
  limits?: {
    /** Of all that the campaign gives */
    overall?: CampaignCaps | undefined;
    /** Of what it gives to one user */
    perUser?: CampaignCaps | undefined;
    /** The most that it may give in all, in the unit of its reward; of coupons, codes */
    budget?: number | undefined;
  } | undefined;
  lateness?: {
    afterSeconds: number;
    /** What becomes of events that come later than that */
    policy: 'count' | 'ignore';
  } | undefined;
  rule: {
    /** ordered: each step after the one before it, by the time of the events; any: in whatever order */
    order?: 'ordered' | 'any' | undefined;
    steps: readonly ({
      /** For people; no two steps have the same */
      name: string;
      action: string;
      /** Which events of the action count; any when left out */
      when?: Clause | undefined;
      /** How many events it takes */
      count?: number | undefined;
    })[];
    /** From the first event to the last at most; the window of the campaign when left out */
    withinSeconds?: number | undefined;
  };
};

type CampaignCaps = {
  /** Incentives on one local day of the tenant */
  maxPerDay?: number | undefined;
  /** Incentives in all, or within any windowDays in a row */
  maxTotal?: number | undefined;
  /** maxTotal holds for any so many local days in a row; for all days when left out */
  windowDays?: number | undefined;
  /** The same by unit: in points, or in minor units of the currency */
  amounts?: Readonly<Record<string, {
    /** By amount, on one local day of the tenant */
    maxPerDay?: number | undefined;
    /** By amount, in all or within any windowDays in a row */
    maxTotal?: number | undefined;
  }>> | undefined;
};

type Clause = {
  all: readonly Clause[];
} | {
  any: readonly Clause[];
} | {
  /** For people: what the explanation of an event calls it */
  name: string;
  /** A CEL expression (https://cel.dev): event.amountMinor >= 50000 */
  when: string;
};

type CampaignTerms = {
  type: 'SIMPLE';
  name: string;
  description?: string | undefined;
  /** By the time of events: from this instant on */
  startAt: string;
  /** Events from this instant on are too late */
  endAt: string;
  /** What local means in clauses; the tenant's when left out */
  timeZone?: string | undefined;
  /** Smaller goes first: within a stacking group, and when several campaigns of one event ask for the same caps */
  priority?: number | undefined;
  /** Which of the campaigns of a group that an event qualifies for is rewarded first; the next one where it has nothing left */
  stacking?: {
    group: string;
    policy: 'stack' | 'first' | 'highest' | 'lowest';
  } | undefined;
  /** Only for its members, as of the event */
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
      /** A field of the action that is an int */
      field: string;
      /** Of the field, rounded down: 500 is five percent */
      basisPoints: number;
      max: number;
    };
    /** Days of 24 hours from the qualifying event; for ever when left out */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'CASHBACK';
    currency: string;
    /** Of this currency, where it is credited; else whoever hears of it pays it */
    program?: string | undefined;
    /** Points, or minor units of the currency */
    amount: {
      kind: 'fixed';
      amount: number;
    } | {
      kind: 'share';
      /** A field of the action that is an int */
      field: string;
      /** Of the field, rounded down: 500 is five percent */
      basisPoints: number;
      max: number;
    };
    /** Days of 24 hours from the qualifying event; for ever when left out */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'COUPON';
    pool: string;
    /** Days of 24 hours from the qualifying event; for ever when left out */
    expiresAfterDays?: number | undefined;
  };
  limits?: {
    /** Of all that the campaign gives */
    overall?: CampaignCaps | undefined;
    /** Of what it gives to one user */
    perUser?: CampaignCaps | undefined;
    /** The most that it may give in all, in the unit of its reward; of coupons, codes */
    budget?: number | undefined;
  } | undefined;
  lateness?: {
    afterSeconds: number;
    /** What becomes of events that come later than that */
    policy: 'count' | 'ignore';
  } | undefined;
  /** One action that meets the clauses */
  rule: {
    action: string;
    /** Which events of the action count; any when left out */
    when?: Clause | undefined;
  };
} | {
  type: 'QUEST';
  name: string;
  description?: string | undefined;
  /** By the time of events: from this instant on */
  startAt: string;
  /** Events from this instant on are too late */
  endAt: string;
  /** What local means in clauses; the tenant's when left out */
  timeZone?: string | undefined;
  /** Smaller goes first: within a stacking group, and when several campaigns of one event ask for the same caps */
  priority?: number | undefined;
  /** Which of the campaigns of a group that an event qualifies for is rewarded first; the next one where it has nothing left */
  stacking?: {
    group: string;
    policy: 'stack' | 'first' | 'highest' | 'lowest';
  } | undefined;
  /** Only for its members, as of the event */
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
      /** A field of the action that is an int */
      field: string;
      /** Of the field, rounded down: 500 is five percent */
      basisPoints: number;
      max: number;
    };
    /** Days of 24 hours from the qualifying event; for ever when left out */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'CASHBACK';
    currency: string;
    /** Of this currency, where it is credited; else whoever hears of it pays it */
    program?: string | undefined;
    /** Points, or minor units of the currency */
    amount: {
      kind: 'fixed';
      amount: number;
    } | {
      kind: 'share';
      /** A field of the action that is an int */
      field: string;
      /** Of the field, rounded down: 500 is five percent */
      basisPoints: number;
      max: number;
    };
    /** Days of 24 hours from the qualifying event; for ever when left out */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'COUPON';
    pool: string;
    /** Days of 24 hours from the qualifying event; for ever when left out */
    expiresAfterDays?: number | undefined;
  };
  limits?: {
    /** Of all that the campaign gives */
    overall?: CampaignCaps | undefined;
    /** Of what it gives to one user */
    perUser?: CampaignCaps | undefined;
    /** The most that it may give in all, in the unit of its reward; of coupons, codes */
    budget?: number | undefined;
  } | undefined;
  lateness?: {
    afterSeconds: number;
    /** What becomes of events that come later than that */
    policy: 'count' | 'ignore';
  } | undefined;
  rule: {
    /** ordered: each step after the one before it, by the time of the events; any: in whatever order */
    order?: 'ordered' | 'any' | undefined;
    steps: readonly ({
      /** For people; no two steps have the same */
      name: string;
      action: string;
      /** Which events of the action count; any when left out */
      when?: Clause | undefined;
      /** How many events it takes */
      count?: number | undefined;
    })[];
    /** From the first event to the last at most; the window of the campaign when left out */
    withinSeconds?: number | undefined;
  };
};

type NewCampaignCopy = {
  /** That of the campaign when left out */
  name?: string | undefined;
};

type NewProgram = {
  /** Its name in paths and events */
  program: string;
  /** Its name for people */
  name: string;
  /** POINTS, or the ISO 4217 code whose minor units are counted */
  unit?: string | undefined;
};

type DryRun = {
  order: {
    /** Decimal amount with at most 2 places, such as "1250.50"; or give amountMinor */
    amount?: string | number | undefined;
    /** Amount in minor units; or give amount */
    amountMinor?: number | undefined;
    currency: string;
    placedAt: string;
    /** Judges the order as this customer’s; a customer without orders when left out */
    customerId?: string | undefined;
    /** The cohorts that the customer is in; those that are known when left out */
    cohorts?: readonly string[] | undefined;
  };
  /** Judges by this version, which may be a draft; by the one in force when left out */
  ruleVersion?: number | undefined;
  /** Judges as if the customer held this tier */
  tier?: string | undefined;
};

type NewRule = {
  /** The currency of the orders that it pays */
  currency: string;
  terms: RuleTerms;
};

type RuleTerms = {
  /** So many points for so many minor units, exactly */
  rate: {
    points: number;
    /** 10000 paise are ₹100 */
    perMinor: number;
  };
  /** carry keeps the fraction of a point for the customer's next order */
  rounding?: 'floor' | 'half-up' | 'carry' | undefined;
  /** Multipliers by the amount of one order; below the first band it is 1 */
  bands?: {
    /** marginal: each part of the amount has the multiplier of its own band; whole: all of it has that of the band it reaches */
    mode: 'marginal' | 'whole';
    /** Ascending by fromMinor */
    bands: readonly {
      /** The amount in minor units where the band begins */
      fromMinor: number;
      /** In basis points: 10000 changes nothing, 15000 is one and a half */
      multiplierBp: number;
    }[];
  } | undefined;
  /** More points for orders placed within [from, until); those that overlap multiply */
  promotions?: readonly ({
    id: string;
    from: string;
    /** Orders placed from here on are too late */
    until: string;
    /** In basis points: 10000 changes nothing, 15000 is one and a half */
    multiplierBp: number;
    /** Only for the members of this cohort */
    cohort?: string | undefined;
  })[] | undefined;
  /** The most points that one customer may earn, from the smaller span to the larger */
  caps?: {
    order?: number | undefined;
    /** Of a day in the tenant's time zone */
    day?: number | undefined;
    /** Of a month in the tenant's time zone */
    month?: number | undefined;
  } | undefined;
  /** When points can be used: at once, after some days, or when something happens to the order */
  pending?: {
    kind: 'none';
  } | {
    kind: 'delay';
    /** Of 24 hours, counted from the order */
    days: number;
  } | {
    kind: 'event';
    /** The progress of the order that must be reported, such as delivered */
    name: string;
  } | undefined;
  /** When points lapse */
  expiry?: {
    kind: 'none';
  } | {
    kind: 'rolling';
    /** Points lapse at the end of the local day so many days after the order */
    days: number;
  } | {
    kind: 'calendar';
    period: 'month' | 'quarter' | 'year';
    /** How many periods after the one of the order; 0 is its own end */
    more: number;
  } | undefined;
  /** What a refund does about points that were spent: the balance goes below zero; what it does not hold is written off; or all but pending points is written off */
  refundPolicy?: 'unlimited' | 'within-balance' | 'only-pending' | undefined;
};

type RuleActivation = {
  /** Orders placed from here on are paid by it. At least five minutes from now, so that every function has heard of it; in five minutes when left out */
  validFrom?: string | undefined;
  /** Orders placed from here on are not; until a later version begins when left out */
  validUntil?: string | undefined;
};

type NewTiers = {
  terms: TierTerms;
};

type TierTerms = {
  /** Points earned, or minor units spent on orders in the currency; both net of refunds */
  metric: 'earned' | 'spend';
  /** The currency whose orders count as spend */
  currency: string;
  /** Over which orders the metric counts */
  window: {
    kind: 'lifetime';
  } | {
    kind: 'rolling';
    /** Today and the local days before, so many together */
    days: number;
  } | {
    kind: 'calendar-year';
  };
  /** Ascending by threshold; below the first there is no tier, and the multiplier is 1 */
  tiers: readonly {
    name: string;
    /** The tier is held from this value of the metric on */
    threshold: number;
    /** In basis points: 10000 changes nothing, 15000 is one and a half */
    multiplierBp: number;
  }[];
  /** For so many local days who is below the threshold keeps the tier */
  graceDays: number;
  /** How one falls: never, by one level at a time, or to the tier that the metric deserves */
  downgrade: 'never' | 'one-level' | 'to-metric';
  /** How many days before a fall the customer is told */
  noticeDays: number;
};

type TiersActivation = {
  /** Customers stand on these tiers from here on. At least five minutes from now, so that every function has heard of it; in five minutes when left out */
  validFrom?: string | undefined;
};

type NewCohort = {
  /** Its name in campaigns and paths */
  cohort: string;
  /** Its name for people */
  name: string;
  kind?: 'STATIC' | undefined;
  /** Its first members, from five minutes on */
  members?: readonly string[] | undefined;
};

type CohortUpload = {
  /** Its members from five minutes on, as well as those that it has */
  members: readonly string[];
};

type NewCohortMember = {
  /** Orders placed from here on are those of a member; in five minutes when left out, and never sooner, so that every order is judged by the same members */
  since?: string | undefined;
};

type NewCouponPool = {
  /** Its name in campaigns and paths */
  pool: string;
  /** A random character for each #, the last one a check character; one in a million possible codes is generated at most: 8 # make room for 21,870. For codes that are only imported, left out */
  pattern?: string | undefined;
};

type CouponGeneration = {
  count: number;
};

type CouponImport = {
  /** As they are redeemed: 1 to 64 printable ASCII characters without blanks */
  codes: readonly string[];
};

type IncentiveReversal = {
  /** For the audit, and for whoever hears of it */
  reason: string;
};

type Evaluation = {
  event: {
    action: string;
    userId: string;
    /** When the user did it; now when left out. Of the future, it is judged as of then */
    occurredAt?: string | undefined;
    /** By the newest schema of the action */
    payload?: Readonly<Record<string, unknown>> | undefined;
  };
  /** The cohorts that the user is in; those that are known when left out */
  cohorts?: readonly string[] | undefined;
  /** Only by these, whatever their status; by all that are active when left out */
  campaignIds?: readonly string[] | undefined;
  /** By the newest 50 drafts that ask for the action as well; for nothing where campaigns are named */
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
  /** Of all that the tenant gives */
  limits: Caps;
  /** Of what it gives to one user */
  userLimits: Caps;
  /** Of limits */
  usage: {
    /** Today, in the tenant's time zone */
    date: string;
    day: {
      count: number;
      /** By unit */
      amounts: Readonly<Record<string, number>>;
    };
    /** What maxTotal goes by: all, or the last windowDays */
    total: {
      count: number;
      /** By unit */
      amounts: Readonly<Record<string, number>>;
    };
  };
};

type Actions = {
  actions: readonly Action[];
  /** Where the next page begins; null on the last one */
  nextCursor: string | null;
};

type Action = {
  action: string;
  version: number;
  description: string;
  /** What the payload has; other fields are kept, and expressions cannot ask for them */
  fields: Readonly<Record<string, {
    /** int is a whole number within ±2^53; double is for measures, never for money; a string has at most 1,000 characters, strings 100 of at most 200 */
    type: 'int' | 'double' | 'string' | 'bool' | 'timestamp' | 'strings';
    /** Expressions ask for one that is not by has(event.…) */
    required: boolean;
    description?: string | undefined;
  }>>;
  createdAt: string;
  /** The subject of the token */
  createdBy: string;
};

type Campaign = {
  campaignId: string;
  tenantId: string;
  /** Of the terms: incentives name the one that they came by */
  version: number;
  /** Grows with every change: the ETag */
  revision: number;
  /** As of this answer */
  status: 'DRAFT' | 'ACTIVE' | 'PAUSED' | 'ENDED';
  archivedAt: string | null;
  createdAt: string;
  /** The subject of the token */
  createdBy: string;
  updatedAt: string;
  type: 'SIMPLE';
  name: string;
  description?: string | undefined;
  /** By the time of events: from this instant on */
  startAt: string;
  /** Events from this instant on are too late */
  endAt: string;
  /** What local means in clauses; the tenant's when left out */
  timeZone?: string | undefined;
  /** Smaller goes first: within a stacking group, and when several campaigns of one event ask for the same caps */
  priority: number;
  /** Which of the campaigns of a group that an event qualifies for is rewarded first; the next one where it has nothing left */
  stacking?: {
    group: string;
    policy: 'stack' | 'first' | 'highest' | 'lowest';
  } | undefined;
  /** Only for its members, as of the event */
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
      /** A field of the action that is an int */
      field: string;
      /** Of the field, rounded down: 500 is five percent */
      basisPoints: number;
      max: number;
    };
    /** Days of 24 hours from the qualifying event; for ever when left out */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'CASHBACK';
    currency: string;
    /** Of this currency, where it is credited; else whoever hears of it pays it */
    program?: string | undefined;
    /** Points, or minor units of the currency */
    amount: {
      kind: 'fixed';
      amount: number;
    } | {
      kind: 'share';
      /** A field of the action that is an int */
      field: string;
      /** Of the field, rounded down: 500 is five percent */
      basisPoints: number;
      max: number;
    };
    /** Days of 24 hours from the qualifying event; for ever when left out */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'COUPON';
    pool: string;
    /** Days of 24 hours from the qualifying event; for ever when left out */
    expiresAfterDays?: number | undefined;
  };
  limits: {
    /** Of all that the campaign gives */
    overall?: CampaignCaps | undefined;
    /** Of what it gives to one user */
    perUser?: CampaignCaps | undefined;
    /** The most that it may give in all, in the unit of its reward; of coupons, codes */
    budget?: number | undefined;
  };
  lateness: {
    afterSeconds: number;
    /** What becomes of events that come later than that */
    policy: 'count' | 'ignore';
  };
  /** One action that meets the clauses */
  rule: {
    action: string;
    /** Which events of the action count; any when left out */
    when?: Clause | undefined;
  };
} | {
  campaignId: string;
  tenantId: string;
  /** Of the terms: incentives name the one that they came by */
  version: number;
  /** Grows with every change: the ETag */
  revision: number;
  /** As of this answer */
  status: 'DRAFT' | 'ACTIVE' | 'PAUSED' | 'ENDED';
  archivedAt: string | null;
  createdAt: string;
  /** The subject of the token */
  createdBy: string;
  updatedAt: string;
  type: 'QUEST';
  name: string;
  description?: string | undefined;
  /** By the time of events: from this instant on */
  startAt: string;
  /** Events from this instant on are too late */
  endAt: string;
  /** What local means in clauses; the tenant's when left out */
  timeZone?: string | undefined;
  /** Smaller goes first: within a stacking group, and when several campaigns of one event ask for the same caps */
  priority: number;
  /** Which of the campaigns of a group that an event qualifies for is rewarded first; the next one where it has nothing left */
  stacking?: {
    group: string;
    policy: 'stack' | 'first' | 'highest' | 'lowest';
  } | undefined;
  /** Only for its members, as of the event */
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
      /** A field of the action that is an int */
      field: string;
      /** Of the field, rounded down: 500 is five percent */
      basisPoints: number;
      max: number;
    };
    /** Days of 24 hours from the qualifying event; for ever when left out */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'CASHBACK';
    currency: string;
    /** Of this currency, where it is credited; else whoever hears of it pays it */
    program?: string | undefined;
    /** Points, or minor units of the currency */
    amount: {
      kind: 'fixed';
      amount: number;
    } | {
      kind: 'share';
      /** A field of the action that is an int */
      field: string;
      /** Of the field, rounded down: 500 is five percent */
      basisPoints: number;
      max: number;
    };
    /** Days of 24 hours from the qualifying event; for ever when left out */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'COUPON';
    pool: string;
    /** Days of 24 hours from the qualifying event; for ever when left out */
    expiresAfterDays?: number | undefined;
  };
  limits: {
    /** Of all that the campaign gives */
    overall?: CampaignCaps | undefined;
    /** Of what it gives to one user */
    perUser?: CampaignCaps | undefined;
    /** The most that it may give in all, in the unit of its reward; of coupons, codes */
    budget?: number | undefined;
  };
  lateness: {
    afterSeconds: number;
    /** What becomes of events that come later than that */
    policy: 'count' | 'ignore';
  };
  rule: {
    /** ordered: each step after the one before it, by the time of the events; any: in whatever order */
    order: 'ordered' | 'any';
    steps: readonly ({
      /** For people; no two steps have the same */
      name: string;
      action: string;
      /** Which events of the action count; any when left out */
      when?: Clause | undefined;
      /** How many events it takes */
      count: number;
    })[];
    /** From the first event to the last at most; the window of the campaign when left out */
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
  /** Where the next page begins; null on the last one */
  nextCursor: string | null;
};

type CampaignVersions = {
  versions: readonly CampaignVersion[];
  /** Where the next page begins; null on the last one */
  nextCursor: string | null;
};

type CampaignVersion = {
  version: number;
  createdAt: string;
  /** The subject of the token */
  createdBy: string;
  terms: CampaignTermsOutput;
};

type CampaignDiff = {
  from: number;
  to: number;
  changes: readonly ({
    /** In the document: rule.steps.1.count */
    place: string;
    /** Left out where there was nothing */
    before?: unknown | undefined;
    /** Left out where there is nothing any more */
    after?: unknown | undefined;
  })[];
};

type Programs = {
  programs: readonly Program[];
};

type Program = {
  program: string;
  name: string;
  /** POINTS, or the ISO 4217 code whose minor units are counted */
  unit: string;
  createdAt: string;
};

type DryRunOutcome = DryRunRated | DryRunRefused;

type DryRunRated = {
  outcome: 'rated';
  points: number;
  ruleVersion: number;
  /** The tier held before the order */
  tier: string | null;
  /** In the order of application; the last one is the points */
  trace: readonly ({
    step: 'rate' | 'bands' | 'tier' | 'promotion' | 'carry' | 'rounding' | 'cap';
    /** What was applied, in words and figures */
    says: string;
    /** The value after the step, as a fraction in lowest terms */
    exact: string;
  })[];
  /** The lot that the points would go into */
  lot: {
    /** Whether the points could not be used at once */
    pending: boolean;
    /** When they can be used, if a delay decides that */
    availableAt: string | null;
    /** The progress of the order that they wait for */
    awaits: string | null;
    /** When they lapse; null: never */
    expiresAt: string | null;
  };
  /** What could still be earned after the order on its day and in its month */
  capsLeft: {
    /** Null where there is no such cap */
    day: number | null;
    /** Null where there is no such cap */
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
  /** Where the next page begins; null on the last one */
  nextCursor: string | null;
};

type Rule = {
  version: number;
  /** As of this answer */
  status: 'draft' | 'scheduled' | 'in-force' | 'superseded' | 'ended';
  /** Null for a draft */
  validFrom: string | null;
  /** When a later version begins in its place */
  replacedAt: string | null;
  createdAt: string;
  /** The subject of the token */
  createdBy: string;
  /** Orders placed from here on earn nothing by it */
  validUntil: string | null;
  currency: string;
  terms: RuleTermsOutput;
};

type TiersPage = {
  tiers: readonly Tiers[];
  /** Where the next page begins; null on the last one */
  nextCursor: string | null;
};

type Tiers = {
  version: number;
  /** As of this answer */
  status: 'draft' | 'scheduled' | 'in-force' | 'superseded' | 'ended';
  /** Null for a draft */
  validFrom: string | null;
  /** When a later version begins in its place */
  replacedAt: string | null;
  createdAt: string;
  /** The subject of the token */
  createdBy: string;
  terms: TierTerms;
};

type Cohort = {
  cohortId: string;
  cohort: string;
  name: string;
  kind: 'STATIC';
  /** How many are in it, changes of the last five minutes included */
  size: number;
  createdAt: string;
  /** The subject of the token */
  createdBy: string;
};

type ComputedCohort = {
  cohortId: string;
  size: number;
  /** As of when the members were counted */
  computedAt: string;
};

type CohortUploaded = {
  /** How many were not in it for good before */
  added: number;
};

type CohortMembers = {
  members: readonly CohortMember[];
  /** Where the next page begins; null on the last one */
  nextCursor: string | null;
};

type CohortMember = {
  customerId: string;
  /** Orders placed from here on are those of a member */
  since: string;
  /** Orders placed from here on are not; null: for good */
  until: string | null;
};

type CouponPool = {
  pool: string;
  pattern: string | null;
  createdAt: string;
  /** The subject of the token */
  createdBy: string;
  /** Codes that nobody has yet */
  free: number;
  /** Codes that incentives have */
  claimed: number;
  /** Codes of incentives that were taken back: never given again */
  voided: number;
};

type CouponsGenerated = {
  generated: number;
};

type CouponsImported = {
  imported: number;
  /** Those that stand twice in the list, or that a pool of the tenant has already */
  duplicates: readonly string[];
  /** Those that no code may look like */
  refused: readonly string[];
};

type CouponCode = {
  code: string;
  state: 'free' | 'claimed' | 'voided';
  /** The incentive that it was given with */
  incentiveId: string | null;
  claimedAt: string | null;
  voidedAt: string | null;
};

type Incentives = {
  incentives: readonly Incentive[];
  /** Where the next page begins; null on the last one */
  nextCursor: string | null;
};

type Incentive = {
  incentiveId: string;
  userId: string;
  campaignId: string;
  campaignVersion: number;
  /** The event that qualified; of a quest, the one that completed it */
  eventId: string;
  status: 'ISSUED' | 'REFUSED' | 'EXPIRED' | 'REVERSED';
  reward: IncentiveReward;
  refusedBy: IncentiveRefusal | null;
  /** The local day of the tenant on which it counts */
  day: string;
  /** By the time of the event */
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
  /** POINTS or an ISO 4217 code; null for a coupon */
  currency: string | null;
  /** Where it is credited; null where it is not */
  program: string | null;
  couponCode: string | null;
  /** When it lapses; null: never */
  expiresAt: string | null;
};

type IncentiveRefusal = {
  kind: 'cap';
  scope: 'GLOBAL' | 'USER' | 'CAMPAIGN' | 'CAMPAIGN_USER';
  /** Whose usage the cap limits */
  subject: string;
  period: 'day' | 'total' | 'window';
  /** count, or the unit of an amount */
  measure: string;
  max: number;
  /** Before this incentive */
  used: number;
  /** By this incentive */
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
  /** How often it is done by what was heard of so far */
  completions: number;
  /** The time that is under way */
  current: {
    /** The first event that counts; null before it */
    startedAt: string | null;
    /** By when it must be done; null: no time limit */
    endsBy: string | null;
    steps: readonly {
      name: string;
      action: string;
      /** How many events it takes */
      count: number;
      /** How many of them there are */
      done: number;
    }[];
  };
};

type EvaluationOutcome = {
  occurredAt: string;
  /** Those of the campaigns that the user is in */
  cohorts: readonly string[];
  /** One for each campaign that asks for the action */
  decisions: readonly DryDecision[];
};

type DryDecision = {
  campaignId: string;
  /** Of the terms that it was decided by */
  version: number;
  /** Its name */
  campaign: string;
  outcome: 'qualified' | 'progressed' | 'no-match' | 'not-in-cohort' | 'outside-window' | 'too-late' | 'excluded' | 'nothing-to-give' | 'over-limit';
  /** Why, in one sentence */
  sentence: string;
  /** Those that ask for the action; empty where no clauses were asked */
  steps: readonly ({
    /** Its place in the rule, from 0 */
    step: number;
    name: string;
    /** Whether its clauses held */
    met: boolean;
    /** In the order of the document */
    clauses: readonly ({
      name: string;
      when: string;
      /** skipped: others had decided already; error: it could not be answered */
      result: 'yes' | 'no' | 'skipped' | 'error';
      error: string | null;
    })[];
  })[];
  /** The campaign of the group that came first */
  excludedBy: string | null;
  /** Of the campaign */
  status: 'DRAFT' | 'ACTIVE' | 'PAUSED' | 'ENDED';
  /** How often the user has done the quest; null where the event met no step of one */
  completions: {
    before: number;
    after: number;
  } | null;
  /** What the user would qualify for, by the caps of now */
  rewards: readonly ({
    /** A coupon has no code before it is given */
    reward: IncentiveReward;
    /** Null where it would be given */
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
  /** When it was judged, once and for all */
  receivedAt: string;
  /** When it was taken back */
  reversedAt: string | null;
  /** One for each campaign that asked for the action and was active then */
  decisions: readonly DecisionExplanation[];
  /** Campaigns that ask for the action today and decided nothing, with why */
  others: readonly {
    campaignId: string;
    campaign: string;
    sentence: string;
  }[];
  /** What came of it, with the cap that said no where one did */
  incentives: readonly Incentive[];
  /** Of what the user qualified for, what no cap has been asked about yet */
  underWay: readonly string[];
};

type DecisionExplanation = {
  campaignId: string;
  /** Of the terms that it was decided by */
  version: number;
  /** Its name */
  campaign: string;
  outcome: 'qualified' | 'progressed' | 'no-match' | 'not-in-cohort' | 'outside-window' | 'too-late' | 'excluded' | 'nothing-to-give' | 'over-limit';
  /** Why, in one sentence */
  sentence: string;
  /** Those that ask for the action; empty where no clauses were asked */
  steps: readonly ({
    /** Its place in the rule, from 0 */
    step: number;
    name: string;
    /** Whether its clauses held */
    met: boolean;
    /** In the order of the document */
    clauses: readonly ({
      name: string;
      when: string;
      /** skipped: others had decided already; error: it could not be answered */
      result: 'yes' | 'no' | 'skipped' | 'error';
      error: string | null;
    })[];
  })[];
  /** The campaign of the group that came first */
  excludedBy: string | null;
  /** What the user qualified for by it */
  incentiveIds: readonly string[];
};

type AuditPage = {
  entries: readonly AuditEntry[];
  /** Where the next page begins; null on the last one */
  nextCursor: string | null;
};

type AuditEntry = {
  auditNo: number;
  at: string;
  /** Who: the subject of the token */
  subject: string;
  action: string;
  /** What was changed; of a refused access, method and path */
  resource: string;
  /** Null for what did not exist before */
  before: unknown;
  /** Null for what does not exist any more */
  after: unknown;
};

type CampaignTermsOutput = {
  type: 'SIMPLE';
  name: string;
  description?: string | undefined;
  /** By the time of events: from this instant on */
  startAt: string;
  /** Events from this instant on are too late */
  endAt: string;
  /** What local means in clauses; the tenant's when left out */
  timeZone?: string | undefined;
  /** Smaller goes first: within a stacking group, and when several campaigns of one event ask for the same caps */
  priority: number;
  /** Which of the campaigns of a group that an event qualifies for is rewarded first; the next one where it has nothing left */
  stacking?: {
    group: string;
    policy: 'stack' | 'first' | 'highest' | 'lowest';
  } | undefined;
  /** Only for its members, as of the event */
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
      /** A field of the action that is an int */
      field: string;
      /** Of the field, rounded down: 500 is five percent */
      basisPoints: number;
      max: number;
    };
    /** Days of 24 hours from the qualifying event; for ever when left out */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'CASHBACK';
    currency: string;
    /** Of this currency, where it is credited; else whoever hears of it pays it */
    program?: string | undefined;
    /** Points, or minor units of the currency */
    amount: {
      kind: 'fixed';
      amount: number;
    } | {
      kind: 'share';
      /** A field of the action that is an int */
      field: string;
      /** Of the field, rounded down: 500 is five percent */
      basisPoints: number;
      max: number;
    };
    /** Days of 24 hours from the qualifying event; for ever when left out */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'COUPON';
    pool: string;
    /** Days of 24 hours from the qualifying event; for ever when left out */
    expiresAfterDays?: number | undefined;
  };
  limits: {
    /** Of all that the campaign gives */
    overall?: CampaignCaps | undefined;
    /** Of what it gives to one user */
    perUser?: CampaignCaps | undefined;
    /** The most that it may give in all, in the unit of its reward; of coupons, codes */
    budget?: number | undefined;
  };
  lateness: {
    afterSeconds: number;
    /** What becomes of events that come later than that */
    policy: 'count' | 'ignore';
  };
  /** One action that meets the clauses */
  rule: {
    action: string;
    /** Which events of the action count; any when left out */
    when?: Clause | undefined;
  };
} | {
  type: 'QUEST';
  name: string;
  description?: string | undefined;
  /** By the time of events: from this instant on */
  startAt: string;
  /** Events from this instant on are too late */
  endAt: string;
  /** What local means in clauses; the tenant's when left out */
  timeZone?: string | undefined;
  /** Smaller goes first: within a stacking group, and when several campaigns of one event ask for the same caps */
  priority: number;
  /** Which of the campaigns of a group that an event qualifies for is rewarded first; the next one where it has nothing left */
  stacking?: {
    group: string;
    policy: 'stack' | 'first' | 'highest' | 'lowest';
  } | undefined;
  /** Only for its members, as of the event */
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
      /** A field of the action that is an int */
      field: string;
      /** Of the field, rounded down: 500 is five percent */
      basisPoints: number;
      max: number;
    };
    /** Days of 24 hours from the qualifying event; for ever when left out */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'CASHBACK';
    currency: string;
    /** Of this currency, where it is credited; else whoever hears of it pays it */
    program?: string | undefined;
    /** Points, or minor units of the currency */
    amount: {
      kind: 'fixed';
      amount: number;
    } | {
      kind: 'share';
      /** A field of the action that is an int */
      field: string;
      /** Of the field, rounded down: 500 is five percent */
      basisPoints: number;
      max: number;
    };
    /** Days of 24 hours from the qualifying event; for ever when left out */
    expiresAfterDays?: number | undefined;
  } | {
    type: 'COUPON';
    pool: string;
    /** Days of 24 hours from the qualifying event; for ever when left out */
    expiresAfterDays?: number | undefined;
  };
  limits: {
    /** Of all that the campaign gives */
    overall?: CampaignCaps | undefined;
    /** Of what it gives to one user */
    perUser?: CampaignCaps | undefined;
    /** The most that it may give in all, in the unit of its reward; of coupons, codes */
    budget?: number | undefined;
  };
  lateness: {
    afterSeconds: number;
    /** What becomes of events that come later than that */
    policy: 'count' | 'ignore';
  };
  rule: {
    /** ordered: each step after the one before it, by the time of the events; any: in whatever order */
    order: 'ordered' | 'any';
    steps: readonly ({
      /** For people; no two steps have the same */
      name: string;
      action: string;
      /** Which events of the action count; any when left out */
      when?: Clause | undefined;
      /** How many events it takes */
      count: number;
    })[];
    /** From the first event to the last at most; the window of the campaign when left out */
    withinSeconds?: number | undefined;
  };
};

type RuleTermsOutput = {
  /** So many points for so many minor units, exactly */
  rate: {
    points: number;
    /** 10000 paise are ₹100 */
    perMinor: number;
  };
  /** carry keeps the fraction of a point for the customer's next order */
  rounding: 'floor' | 'half-up' | 'carry';
  /** Multipliers by the amount of one order; below the first band it is 1 */
  bands?: {
    /** marginal: each part of the amount has the multiplier of its own band; whole: all of it has that of the band it reaches */
    mode: 'marginal' | 'whole';
    /** Ascending by fromMinor */
    bands: readonly {
      /** The amount in minor units where the band begins */
      fromMinor: number;
      /** In basis points: 10000 changes nothing, 15000 is one and a half */
      multiplierBp: number;
    }[];
  } | undefined;
  /** More points for orders placed within [from, until); those that overlap multiply */
  promotions: readonly ({
    id: string;
    from: string;
    /** Orders placed from here on are too late */
    until: string;
    /** In basis points: 10000 changes nothing, 15000 is one and a half */
    multiplierBp: number;
    /** Only for the members of this cohort */
    cohort?: string | undefined;
  })[];
  /** The most points that one customer may earn, from the smaller span to the larger */
  caps: {
    order?: number | undefined;
    /** Of a day in the tenant's time zone */
    day?: number | undefined;
    /** Of a month in the tenant's time zone */
    month?: number | undefined;
  };
  /** When points can be used: at once, after some days, or when something happens to the order */
  pending: {
    kind: 'none';
  } | {
    kind: 'delay';
    /** Of 24 hours, counted from the order */
    days: number;
  } | {
    kind: 'event';
    /** The progress of the order that must be reported, such as delivered */
    name: string;
  };
  /** When points lapse */
  expiry: {
    kind: 'none';
  } | {
    kind: 'rolling';
    /** Points lapse at the end of the local day so many days after the order */
    days: number;
  } | {
    kind: 'calendar';
    period: 'month' | 'quarter' | 'year';
    /** How many periods after the one of the order; 0 is its own end */
    more: number;
  };
  /** What a refund does about points that were spent: the balance goes below zero; what it does not hold is written off; or all but pending points is written off */
  refundPolicy: 'unlimited' | 'within-balance' | 'only-pending';
};

/** What each operation of cms-api takes and answers. */
export type CmsApi = {
  /** Make a tenant, with a program, a board and default limits. */
  createTenant: {
    asked: {
      headers: {
        /** Your name for this request, such as a UUID: send it again with a retry. A success is kept for a day and answered again; a refusal is not, so the same key may be sent again */
        'Idempotency-Key': string;
      };
      body: NewTenant;
    };
    answer: Tenant;
  };
  /** A tenant. */
  getTenant: {
    asked: {
      path: {
        tenantId: string;
      };
    };
    answer: Tenant;
  };
  /** A tenant's limits, and how much of them is used. */
  getLimits: {
    asked: {
      path: {
        tenantId: string;
      };
    };
    answer: Limits;
  };
  /** Set what a tenant gives at most, to all its users together. */
  setLimits: {
    asked: {
      path: {
        tenantId: string;
      };
      headers?: {
        /** Your name for this request, such as a UUID: send it again with a retry. A success is kept for a day and answered again; a refusal is not, so the same key may be sent again */
        'Idempotency-Key'?: string | undefined;
        /** The ETag of the version that you change, as it was sent, quotes included */
        'If-Match'?: string | undefined;
      };
      body: Caps;
    };
    answer: Limits;
  };
  /** Set what a tenant gives at most to one user. */
  setUserLimits: {
    asked: {
      path: {
        tenantId: string;
      };
      headers?: {
        /** Your name for this request, such as a UUID: send it again with a retry. A success is kept for a day and answered again; a refusal is not, so the same key may be sent again */
        'Idempotency-Key'?: string | undefined;
        /** The ETag of the version that you change, as it was sent, quotes included */
        'If-Match'?: string | undefined;
      };
      body: Caps;
    };
    answer: Limits;
  };
  /** The actions of a tenant by code, page by page. */
  listActions: {
    asked: {
      path: {
        tenantId: string;
      };
      query?: {
        /** How many of one page */
        limit?: number | undefined;
        /** nextCursor of the page before */
        cursor?: string | undefined;
      };
    };
    answer: Actions;
  };
  /** Save what the payload of an action looks like, as a version that may only add to it. */
  putAction: {
    asked: {
      path: {
        tenantId: string;
        action: string;
      };
      headers?: {
        /** Your name for this request, such as a UUID: send it again with a retry. A success is kept for a day and answered again; a refusal is not, so the same key may be sent again */
        'Idempotency-Key'?: string | undefined;
      };
      body: NewAction;
    };
    answer: Action;
  };
  /** What the payload of an action looks like. */
  getAction: {
    asked: {
      path: {
        tenantId: string;
        action: string;
      };
      query?: {
        /** The newest when left out */
        version?: number | undefined;
      };
    };
    answer: Action;
  };
  /** Save a campaign of the token's tenant, as a draft. */
  createCampaign: {
    asked: {
      headers: {
        /** Your name for this request, such as a UUID: send it again with a retry. A success is kept for a day and answered again; a refusal is not, so the same key may be sent again */
        'Idempotency-Key': string;
      };
      body: NewCampaign;
    };
    answer: Campaign;
  };
  /** The active campaigns that ask for an action, as they judge its events. */
  searchCampaigns: {
    asked: {
      query: {
        /** The token's own */
        tenantId?: string | undefined;
        action: string;
      };
    };
    answer: FoundCampaigns;
  };
  /** The campaigns of a tenant, newest first, page by page. */
  listCampaigns: {
    asked: {
      path: {
        tenantId: string;
      };
      query?: {
        /** How many of one page */
        limit?: number | undefined;
        /** nextCursor of the page before */
        cursor?: string | undefined;
        status?: 'DRAFT' | 'ACTIVE' | 'PAUSED' | 'ENDED' | undefined;
        type?: 'SIMPLE' | 'QUEST' | undefined;
        /** One that the campaign asks for */
        action?: string | undefined;
        /** How the name begins, in whatever case */
        name?: string | undefined;
        /** Active, with this instant in its window */
        activeAt?: string | undefined;
        /** true: those, and no others */
        archived?: 'true' | 'false' | undefined;
      };
    };
    answer: Campaigns;
  };
  /** A campaign. */
  getCampaign: {
    asked: {
      path: {
        campaignId: string;
      };
    };
    answer: Campaign;
  };
  /** Save the next version of a campaign. */
  updateCampaign: {
    asked: {
      path: {
        campaignId: string;
      };
      headers: {
        /** Your name for this request, such as a UUID: send it again with a retry. A success is kept for a day and answered again; a refusal is not, so the same key may be sent again */
        'Idempotency-Key'?: string | undefined;
        /** The ETag of the version that you change, as it was sent, quotes included */
        'If-Match': string;
      };
      body: CampaignTerms;
    };
    answer: Campaign;
  };
  /** Let a campaign give rewards within its window. */
  activateCampaign: {
    asked: {
      path: {
        campaignId: string;
      };
      headers?: {
        /** Your name for this request, such as a UUID: send it again with a retry. A success is kept for a day and answered again; a refusal is not, so the same key may be sent again */
        'Idempotency-Key'?: string | undefined;
        /** The ETag of the version that you change, as it was sent, quotes included */
        'If-Match'?: string | undefined;
      };
    };
    answer: Campaign;
  };
  /** Let a campaign give nothing until it is activated again. */
  pauseCampaign: {
    asked: {
      path: {
        campaignId: string;
      };
      headers?: {
        /** Your name for this request, such as a UUID: send it again with a retry. A success is kept for a day and answered again; a refusal is not, so the same key may be sent again */
        'Idempotency-Key'?: string | undefined;
        /** The ETag of the version that you change, as it was sent, quotes included */
        'If-Match'?: string | undefined;
      };
    };
    answer: Campaign;
  };
  /** Let a campaign give nothing any more, for good. */
  endCampaign: {
    asked: {
      path: {
        campaignId: string;
      };
      headers?: {
        /** Your name for this request, such as a UUID: send it again with a retry. A success is kept for a day and answered again; a refusal is not, so the same key may be sent again */
        'Idempotency-Key'?: string | undefined;
        /** The ETag of the version that you change, as it was sent, quotes included */
        'If-Match'?: string | undefined;
      };
    };
    answer: Campaign;
  };
  /** Take a campaign out of lists that gives nothing: a draft, or one that has ended. */
  archiveCampaign: {
    asked: {
      path: {
        campaignId: string;
      };
      headers?: {
        /** Your name for this request, such as a UUID: send it again with a retry. A success is kept for a day and answered again; a refusal is not, so the same key may be sent again */
        'Idempotency-Key'?: string | undefined;
        /** The ETag of the version that you change, as it was sent, quotes included */
        'If-Match'?: string | undefined;
      };
    };
    answer: Campaign;
  };
  /** Make a draft with the terms of a campaign. */
  copyCampaign: {
    asked: {
      path: {
        campaignId: string;
      };
      headers: {
        /** Your name for this request, such as a UUID: send it again with a retry. A success is kept for a day and answered again; a refusal is not, so the same key may be sent again */
        'Idempotency-Key': string;
      };
      body: NewCampaignCopy;
    };
    answer: Campaign;
  };
  /** The versions of a campaign, newest first, page by page. */
  listCampaignVersions: {
    asked: {
      path: {
        campaignId: string;
      };
      query?: {
        /** How many of one page */
        limit?: number | undefined;
        /** nextCursor of the page before */
        cursor?: string | undefined;
      };
    };
    answer: CampaignVersions;
  };
  /** A version of a campaign. */
  getCampaignVersion: {
    asked: {
      path: {
        campaignId: string;
        version: number;
      };
    };
    answer: CampaignVersion;
  };
  /** What changed from one version of a campaign to another. */
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
  /** The programs of a tenant by name. */
  listPrograms: {
    asked: {
      path: {
        tenantId: string;
      };
    };
    answer: Programs;
  };
  /** Make a program: a kind of points, or of money back. */
  createProgram: {
    asked: {
      path: {
        tenantId: string;
      };
      headers: {
        /** Your name for this request, such as a UUID: send it again with a retry. A success is kept for a day and answered again; a refusal is not, so the same key may be sent again */
        'Idempotency-Key': string;
      };
      body: NewProgram;
    };
    answer: Program;
  };
  /** One program. */
  getProgram: {
    asked: {
      path: {
        tenantId: string;
        /** points is the program that every tenant has */
        program: string;
      };
    };
    answer: Program;
  };
  /** What an order would earn, and why. */
  dryRunOrder: {
    asked: {
      path: {
        tenantId: string;
        /** points is the program that every tenant has */
        program: string;
      };
      body: DryRun;
    };
    answer: DryRunOutcome;
  };
  /** The versions of a program's earning rules, newest first, page by page. */
  listRules: {
    asked: {
      path: {
        tenantId: string;
        /** points is the program that every tenant has */
        program: string;
      };
      query?: {
        /** How many of one page */
        limit?: number | undefined;
        /** nextCursor of the page before */
        cursor?: string | undefined;
      };
    };
    answer: Rules;
  };
  /** Save a new version of an earning rule, as a draft. */
  createRule: {
    asked: {
      path: {
        tenantId: string;
        /** points is the program that every tenant has */
        program: string;
      };
      headers: {
        /** Your name for this request, such as a UUID: send it again with a retry. A success is kept for a day and answered again; a refusal is not, so the same key may be sent again */
        'Idempotency-Key': string;
      };
      body: NewRule;
    };
    answer: Rule;
  };
  /** One version of an earning rule. */
  getRule: {
    asked: {
      path: {
        tenantId: string;
        /** points is the program that every tenant has */
        program: string;
        version: number;
      };
    };
    answer: Rule;
  };
  /** Let a version of an earning rule begin, in five minutes or later. */
  activateRule: {
    asked: {
      path: {
        tenantId: string;
        /** points is the program that every tenant has */
        program: string;
        version: number;
      };
      headers?: {
        /** Your name for this request, such as a UUID: send it again with a retry. A success is kept for a day and answered again; a refusal is not, so the same key may be sent again */
        'Idempotency-Key'?: string | undefined;
      };
      body: RuleActivation;
    };
    answer: Rule;
  };
  /** The versions of a program's tiers, newest first, page by page. */
  listTiers: {
    asked: {
      path: {
        tenantId: string;
        /** points is the program that every tenant has */
        program: string;
      };
      query?: {
        /** How many of one page */
        limit?: number | undefined;
        /** nextCursor of the page before */
        cursor?: string | undefined;
      };
    };
    answer: TiersPage;
  };
  /** Save a new version of the tiers, as a draft. */
  createTiers: {
    asked: {
      path: {
        tenantId: string;
        /** points is the program that every tenant has */
        program: string;
      };
      headers: {
        /** Your name for this request, such as a UUID: send it again with a retry. A success is kept for a day and answered again; a refusal is not, so the same key may be sent again */
        'Idempotency-Key': string;
      };
      body: NewTiers;
    };
    answer: Tiers;
  };
  /** One version of a program's tiers. */
  getTiers: {
    asked: {
      path: {
        tenantId: string;
        /** points is the program that every tenant has */
        program: string;
        version: number;
      };
    };
    answer: Tiers;
  };
  /** Let a version of a program's tiers begin, in five minutes or later. */
  activateTiers: {
    asked: {
      path: {
        tenantId: string;
        /** points is the program that every tenant has */
        program: string;
        version: number;
      };
      headers?: {
        /** Your name for this request, such as a UUID: send it again with a retry. A success is kept for a day and answered again; a refusal is not, so the same key may be sent again */
        'Idempotency-Key'?: string | undefined;
      };
      body: TiersActivation;
    };
    answer: Tiers;
  };
  /** Make a cohort: a list of customers that campaigns and rules ask for. */
  createCohort: {
    asked: {
      headers: {
        /** Your name for this request, such as a UUID: send it again with a retry. A success is kept for a day and answered again; a refusal is not, so the same key may be sent again */
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
  /** Find anew who is in a cohort; of a list, count its members. */
  recomputeCohort: {
    asked: {
      path: {
        cohortId: string;
      };
      headers?: {
        /** Your name for this request, such as a UUID: send it again with a retry. A success is kept for a day and answered again; a refusal is not, so the same key may be sent again */
        'Idempotency-Key'?: string | undefined;
      };
    };
    answer: ComputedCohort;
  };
  /** Add many customers to a cohort, in five minutes and for good. */
  uploadCohortMembers: {
    asked: {
      path: {
        cohortId: string;
      };
      headers?: {
        /** Your name for this request, such as a UUID: send it again with a retry. A success is kept for a day and answered again; a refusal is not, so the same key may be sent again */
        'Idempotency-Key'?: string | undefined;
      };
      body: CohortUpload;
    };
    answer: CohortUploaded;
  };
  /** The members of a cohort, of now and later, by customer id, page by page. */
  listCohortMembers: {
    asked: {
      path: {
        tenantId: string;
        cohort: string;
      };
      query?: {
        /** How many of one page */
        limit?: number | undefined;
        /** nextCursor of the page before */
        cursor?: string | undefined;
      };
    };
    answer: CohortMembers;
  };
  /** Since when a customer is in a cohort. */
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
  /** Make a customer a member of a cohort from an instant on, for good. */
  putCohortMember: {
    asked: {
      path: {
        tenantId: string;
        cohort: string;
        customerId: string;
      };
      headers?: {
        /** Your name for this request, such as a UUID: send it again with a retry. A success is kept for a day and answered again; a refusal is not, so the same key may be sent again */
        'Idempotency-Key'?: string | undefined;
      };
      body: NewCohortMember;
    };
    answer: CohortMember;
  };
  /** Remove a customer from a cohort, in five minutes. */
  deleteCohortMember: {
    asked: {
      path: {
        tenantId: string;
        cohort: string;
        customerId: string;
      };
      headers?: {
        /** Your name for this request, such as a UUID: send it again with a retry. A success is kept for a day and answered again; a refusal is not, so the same key may be sent again */
        'Idempotency-Key'?: string | undefined;
      };
    };
    answer: undefined;
  };
  /** Make a pool of coupon codes that campaigns give. */
  createCouponPool: {
    asked: {
      path: {
        tenantId: string;
      };
      headers: {
        /** Your name for this request, such as a UUID: send it again with a retry. A success is kept for a day and answered again; a refusal is not, so the same key may be sent again */
        'Idempotency-Key': string;
      };
      body: NewCouponPool;
    };
    answer: CouponPool;
  };
  /** A pool of coupon codes: how many are left, given and void. */
  getCouponPool: {
    asked: {
      path: {
        tenantId: string;
        pool: string;
      };
    };
    answer: CouponPool;
  };
  /** Add random codes of the pattern to a pool. */
  generateCouponCodes: {
    asked: {
      path: {
        tenantId: string;
        pool: string;
      };
      headers: {
        /** Your name for this request, such as a UUID: send it again with a retry. A success is kept for a day and answered again; a refusal is not, so the same key may be sent again */
        'Idempotency-Key': string;
      };
      body: CouponGeneration;
    };
    answer: CouponsGenerated;
  };
  /** Add codes of elsewhere to a pool. */
  importCouponCodes: {
    asked: {
      path: {
        tenantId: string;
        pool: string;
      };
      headers?: {
        /** Your name for this request, such as a UUID: send it again with a retry. A success is kept for a day and answered again; a refusal is not, so the same key may be sent again */
        'Idempotency-Key'?: string | undefined;
      };
      body: CouponImport;
    };
    answer: CouponsImported;
  };
  /** A coupon code: free, given or void. */
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
  /** What was given and refused, newest first, page by page. */
  listIncentives: {
    asked: {
      path: {
        tenantId: string;
      };
      query?: {
        /** How many of one page */
        limit?: number | undefined;
        /** nextCursor of the page before */
        cursor?: string | undefined;
        userId?: string | undefined;
        campaignId?: string | undefined;
        status?: 'ISSUED' | 'REFUSED' | 'EXPIRED' | 'REVERSED' | undefined;
      };
    };
    answer: Incentives;
  };
  /** An incentive as it stands. */
  getIncentive: {
    asked: {
      path: {
        tenantId: string;
        incentiveId: string;
      };
    };
    answer: Incentive;
  };
  /** Take an incentive back: its caps have room again, its points are taken, its code is void. */
  reverseIncentive: {
    asked: {
      path: {
        tenantId: string;
        incentiveId: string;
      };
      headers: {
        /** Your name for this request, such as a UUID: send it again with a retry. A success is kept for a day and answered again; a refusal is not, so the same key may be sent again */
        'Idempotency-Key': string;
      };
      body: IncentiveReversal;
    };
    answer: Incentive;
  };
  /** How far a user is in a quest. */
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
  /** What campaigns would make of an event, and why; drafts too. */
  evaluateEvent: {
    asked: {
      path: {
        tenantId: string;
      };
      body: Evaluation;
    };
    answer: EvaluationOutcome;
  };
  /** Why an event was or was not rewarded, campaign by campaign and clause by clause. */
  explainEvent: {
    asked: {
      path: {
        tenantId: string;
        eventId: string;
      };
    };
    answer: ExplainedEvent;
  };
  /** What people changed and were refused, newest first, page by page. */
  listAudit: {
    asked: {
      path: {
        tenantId: string;
      };
      query?: {
        /** How many of one page */
        limit?: number | undefined;
        /** nextCursor of the page before */
        cursor?: string | undefined;
        /** Only what begins so: campaigns/, cohorts/vip */
        resource?: string | undefined;
        /** Only what this subject did */
        subject?: string | undefined;
        /** Only this action, such as access.refused */
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
