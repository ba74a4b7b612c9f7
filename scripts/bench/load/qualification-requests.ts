import { derivedId } from '#shared/eventing/domain-event.ts';
import { postRequest } from './record-request.ts';

/** Which qualifications to send. The same description always gives the same qualifications. */
export type QualificationStream = Readonly<{
  qualifications: number;
  tenantId: string;
  campaignId: string;
  /** Prefix of the event ids: no two streams to the same database share one. */
  prefix: string;
  /** An ISO instant. */
  qualifiedAt: string;
  /** Share of the qualifications that belong to one user, in hundredths. */
  hotPercent?: number;
}>;

const users = 5_000;

/** Points of each qualification. */
export const points = 5;

/**
 * Makes the requests that a KafkaSource sends for these qualifications, as evaluate-campaign
 * publishes them.
 */
export const makeRequests = (stream: QualificationStream): Buffer[] =>
  Array.from({ length: stream.qualifications }, (_, number) => toRequest(stream, number));

const toRequest = (
  { tenantId, campaignId, prefix, qualifiedAt, hotPercent = 0 }: QualificationStream,
  number: number,
): Buffer => {
  const eventId = `${prefix}-${number}`;
  // 37 and 100 have no common divisor: those of the hot user are spread evenly among the others.
  const userId = (number * 37) % 100 < hotPercent ? 'u-hot' : `u-${(number * 4_799) % users}`;
  const choice = {
    incentiveId: derivedId('incentive', tenantId, campaignId, eventId),
    ...{ campaignId, campaignVersion: 1, eventId, qualifiedAt },
    reward: { type: 'POINTS', amount: points, currency: 'POINTS', program: 'points' },
  };
  const body = JSON.stringify({
    ...{ tenantId, userId, eventId },
    entitlements: [{ priority: 100, choices: [choice] }],
  });
  const headers = [
    'host: check-limit',
    'ce-specversion: 1.0',
    'ce-type: guerdon.campaign.qualified.v1',
    'ce-source: /guerdon',
    `ce-id: ${derivedId('guerdon.campaign.qualified.v1', tenantId, eventId)}`,
    `ce-time: ${qualifiedAt}`,
    `ce-partitionkey: ${userId}`,
    `ce-tenantid: ${tenantId}`,
    'content-type: application/json',
  ];
  return postRequest(headers, body);
};
