import type { z } from 'zod';
import type { Logger } from '#shared/runtime/log.ts';
import type { shape } from '../config.ts';
import { apnsGateway } from './apns-gateway.ts';
import { fcmGateway } from './fcm-gateway.ts';
import { loggingGateway } from './logging-gateway.ts';
import type { MobileGateway } from './mobile-gateway.ts';

type Config = z.output<z.ZodObject<typeof shape>>;

type Gateways = Readonly<Partial<Record<'android' | 'ios', MobileGateway>>>;

/**
 * The gateways that have credentials; with LOG_NOTIFICATIONS, the log replaces the others.
 * @throws Error when some of the credentials for APNs are missing.
 */
export const mobileGateways = (
  config: Config,
  log: Logger,
): Gateways & Readonly<{ close: () => Promise<void> }> => {
  const account = config.FCM_SERVICE_ACCOUNT;
  const apns = apnsOf(config);
  const gateways: Gateways = {
    ...(config.LOG_NOTIFICATIONS && {
      android: loggingGateway('android', log),
      ios: loggingGateway('ios', log),
    }),
    ...(account && { android: fcmGateway({ account, log }) }),
    ...(apns && { ios: apnsGateway({ ...apns, log }) }),
  };
  return {
    ...gateways,
    close: async () => {
      await gateways.android?.close();
      await gateways.ios?.close();
    },
  };
};

const apnsOf = (config: Config) => {
  const { APNS_KEY: key, APNS_KEY_ID: keyId, APNS_TEAM_ID: teamId, APNS_TOPIC: topic } = config;
  const names = ['APNS_KEY', 'APNS_KEY_ID', 'APNS_TEAM_ID', 'APNS_TOPIC'] as const;
  const missing = names.filter((name) => config[name] === undefined);
  if (key !== undefined && keyId !== undefined && teamId !== undefined && topic !== undefined)
    return { key, keyId, teamId, topic };
  if (missing.length === names.length) return undefined;
  throw new Error(`APNs needs all of its variables; not set: ${missing.join(', ')}`);
};
