import type { Logger } from '#shared/runtime/log.ts';
import type { MobileGateway } from './mobile-gateway.ts';

/** Writes notifications to the log instead of sending them: for local use. */
export const loggingGateway = (platform: string, log: Logger): MobileGateway => ({
  send: (token, notification) => {
    log.info({ platform, token, notification }, 'a phone would show this notification');
    return Promise.resolve('sent');
  },
  close: () => Promise.resolve(),
});
