import type { Logger } from '#shared/runtime/log.ts';
import type { MobileGateway } from './mobile-gateway.ts';

/** Logs which notifications would be sent, without their content: for local use. */
export const loggingGateway = (platform: string, log: Logger): MobileGateway => ({
  send: (_token, { id }) => {
    log.info({ platform, id }, 'a phone would show this notification');
    return Promise.resolve('sent');
  },
  close: () => Promise.resolve(),
});
