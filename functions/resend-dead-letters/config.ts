import { brokerList, count } from '#shared/runtime/config.ts';
import { requestShape } from '#shared/runtime/http/request-time.ts';

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
