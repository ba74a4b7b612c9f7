/** The document of an action with an amount, as cms-api takes it. */
export const purchaseDocument = {
  description: 'Somebody bought something',
  fields: {
    amountMinor: { type: 'int', required: true },
    category: { type: 'string', required: true },
  },
};

/**
 * The document of fifty points for large purchases, from some weeks before the time of cmsWorld on:
 * a campaign that is over by the clock of the database is not evaluated. A test names only what it
 * is about.
 */
export const campaignDocument = (fields: object = {}) => ({
  name: 'Fifty points',
  type: 'SIMPLE',
  startAt: '2026-11-01T00:00:00.000Z',
  endAt: '2999-01-01T00:00:00.000Z',
  rule: { action: 'PURCHASE', when: { name: 'large', when: 'event.amountMinor >= 50000' } },
  reward: { type: 'POINTS', program: 'points', amount: { kind: 'fixed', amount: 50 } },
  ...fields,
});

/** The terms of a campaign that accepts actions however late they are. */
export const lenient = { lateness: { afterSeconds: 86_400, policy: 'count' } };
