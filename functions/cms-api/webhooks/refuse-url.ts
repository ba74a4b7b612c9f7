import { defectOfUrl, type OutboundTargets } from '#shared/runtime/outbound/outbound-url.ts';
import { refuseBody } from '../fields.ts';

/** Refuses a URL that events are never sent to. @throws HttpProblem 400 with the reason. */
export const refuseUrl = ({ url }: Readonly<{ url: string }>, targets: OutboundTargets): void => {
  const message = defectOfUrl(url, targets);
  if (message !== undefined) refuseBody([{ path: ['url'], message }]);
};
