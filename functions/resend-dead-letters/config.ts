import { brokerList, count, requestShape } from '#shared/runtime/config.ts';

/** The variables of resend-dead-letters. */
export const shape = {
  KAFKA_BROKERS: brokerList,
  /**
   * How long after its letter was written a record is resent: the first twelve times, and later.
   */
  RESEND_SOON_SECONDS: count,
  RESEND_LATER_SECONDS: count,
  ...requestShape,
};
