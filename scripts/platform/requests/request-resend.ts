import { ResendTick } from '#shared/eventing/contracts/ticks.ts';
import type { Platform } from '../start-platform.ts';
import { sendToBroker } from './send-to-broker.ts';

const source = '/apis/v1/namespaces/guerdon/pingsources/resend-tick';

/**
 * Sends a tick of PingSource `resend-tick`, so that the dead letters that are due are resent now.
 */
export const requestResend = ({ knative }: Pick<Platform, 'knative'>): Promise<void> =>
  sendToBroker(knative.broker('guerdon'), { ...ResendTick, source }, {});
