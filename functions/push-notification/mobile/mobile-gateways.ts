import type { z } from 'zod';
import type { Logger } from '#shared/runtime/log.ts';
import type { shape } from '../config.ts';
import { apnsGateway } from './apns-gateway.ts';
import { fcmAccount, fcmGateway } from './fcm-gateway.ts';
import { loggingGateway } from './logging-gateway.ts';
import type { MobileGateway } from './mobile-gateway.ts';

type Config = z.output<z.ZodObject<typeof shape>>;

type Gateways = Readonly<Partial<Record<'android' | 'ios', MobileGateway>>>;

/**
 * The gateways that have credentials; with LOG_NOTIFICATIONS, the log replaces the others.
 * @throws Error when the service account is not one.
 */
export const mobileGateways = (
  config: Config,
  log: Logger,
): Gateways & Readonly<{ close: () => Promise<void> }> => {
  const { FCM_SERVICE_ACCOUNT: account, APNS_KEY: key } = config;
  const gateways: Gateways = {
    ...(config.LOG_NOTIFICATIONS && {
      android: loggingGateway('android', log),
      ios: loggingGateway('ios', log),
    }),
    ...(account !== '' && {
      android: fcmGateway({ account: fcmAccount.parse(JSON.parse(account)), log }),
    }),
    ...(key !== '' && {
      ios: apnsGateway({
        key,
        keyId: config.APNS_KEY_ID,
        teamId: config.APNS_TEAM_ID,
        topic: config.APNS_TOPIC,
        log,
      }),
    }),
  };
  return {
    ...gateways,
    close: async () => {
      await gateways.android?.close();
      await gateways.ios?.close();
    },
  };
};
