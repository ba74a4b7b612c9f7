const optional = (name: string, type: unknown, doc: string) => ({
  ...{ name, type: ['null', type], default: null, doc },
});
const instant = { type: 'long', logicalType: 'timestamp-millis' };

/**
 * The schema of events of incentives in Avro, which `npm run docs` writes to
 * docs/api/incentive-event.avsc. The first fields are the frame of a client, the others those of
 * the contracts in JSON.
 */
export const incentiveEventSchema = {
  type: 'record',
  name: 'IncentiveEvent',
  namespace: 'dev.guerdon.events',
  doc: 'A change of an incentive. Published to the topic incentive-generated, keyed by userId, in the Confluent wire format. The header ce_type names the JSON contract with the same fields.',
  fields: [
    {
      name: 'type',
      type: 'string',
      doc: 'INCENTIVE_NOTIFICATION, INCENTIVE_REFUSED, INCENTIVE_REVERSED or INCENTIVE_EXPIRED',
    },
    {
      name: 'incentiveId',
      type: 'string',
      doc: 'A UUID derived from the qualification, so a repeat has the same id',
    },
    { name: 'campaignId', type: 'string', doc: 'A UUID' },
    optional(
      'reward',
      {
        type: 'record',
        name: 'Reward',
        fields: [
          optional('currency', 'string', 'POINTS or an ISO 4217 code; null for a coupon'),
          {
            name: 'amount',
            type: 'long',
            doc: 'Points, or minor units of the currency; 1 for a coupon',
          },
          {
            name: 'type',
            type: 'string',
            default: 'POINTS',
            doc: 'CASHBACK, POINTS or COUPON',
          },
          optional(
            'program',
            'string',
            'Program that it is credited to; null if it is not credited',
          ),
          optional('couponCode', 'string', 'Coupon code; null unless the type is COUPON'),
        ],
      },
      'The reward; null for INCENTIVE_REFUSED',
    ),
    optional('issuedAt', instant, 'When it was issued; only for INCENTIVE_NOTIFICATION'),
    { name: 'tenantId', type: 'string', default: 'default', doc: 'Tenant of the campaign' },
    { name: 'userId', type: 'string', default: '', doc: 'User who qualified' },
    { name: 'campaignVersion', type: 'int', default: 1, doc: 'The version that was evaluated' },
    {
      name: 'eventId',
      type: 'string',
      default: '',
      doc: 'Qualifying event; for a quest, the event that completed it',
    },
    { name: 'qualifiedAt', type: instant, default: 0, doc: 'Time of that event' },
    optional('expiresAt', instant, 'When it will expire'),
    optional(
      'refusedBy',
      {
        type: 'record',
        name: 'RefusedBy',
        fields: [
          { name: 'kind', type: 'string', doc: 'cap, no-coupon, reversed, too-late or no-program' },
          optional('scope', 'string', 'For a cap: GLOBAL, USER, CAMPAIGN or CAMPAIGN_USER'),
          optional('subject', 'string', 'Subject that the cap applies to'),
          optional('period', 'string', 'For a cap: day, total or window'),
          optional('measure', 'string', 'For a cap: count, or the unit of the amount'),
          optional('max', 'long', 'For a cap: its maximum'),
          optional('used', 'long', 'Usage of the cap before this incentive'),
          optional('asked', 'long', 'Requested by this incentive'),
          optional('pool', 'string', 'The pool that has no coupon left'),
          optional('program', 'string', 'The program that does not exist'),
        ],
      },
      'Why it was refused; only for INCENTIVE_REFUSED',
    ),
    optional('refusedAt', instant, 'Only for INCENTIVE_REFUSED'),
    optional('reversedAt', instant, 'Only for INCENTIVE_REVERSED'),
    optional('expiredAt', instant, 'Only for INCENTIVE_EXPIRED'),
  ],
} as const;
