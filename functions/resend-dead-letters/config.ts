import { brokerList, count, requestShape } from '#shared/runtime/config.ts';

/** The variables of resend-dead-letters. */
export const shape = {
  KAFKA_BROKERS: brokerList,
  /**
   * How long after a letter was written its record is resent: the first twelve times, and after
   * those.
   */
  RESEND_SOON_SECONDS: count,
  RESEND_LATER_SECONDS: count,
  ...requestShape,
};
