import type { z } from 'zod';
import type { Logger } from '#shared/runtime/log.ts';
import type { shape } from '../config.ts';
import { apnsGateway } from './apns-gateway.ts';
import { fcmAccount, fcmGateway } from './fcm-gateway.ts';
import type { MobileGateway } from './mobile-gateway.ts';

type Config = z.output<z.ZodObject<typeof shape>>;

/** The gateways that have credentials. @throws Error when the service account is not one. */
export const mobileGateways = (
  config: Config,
  log: Logger,
): Readonly<{ android?: MobileGateway; ios?: MobileGateway; close: () => Promise<void> }> => {
  const { FCM_SERVICE_ACCOUNT: account, APNS_KEY: key } = config;
  const android =
    account === ''
      ? undefined
      : fcmGateway({ account: fcmAccount.parse(JSON.parse(account)), log });
  const ios =
    key === ''
      ? undefined
      : apnsGateway({
          key,
          keyId: config.APNS_KEY_ID,
          teamId: config.APNS_TEAM_ID,
          topic: config.APNS_TOPIC,
          log,
        });
  return {
    ...(android && { android }),
    ...(ios && { ios }),
    close: async () => {
      await ios?.close();
    },
  };
};
