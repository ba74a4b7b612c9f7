import type { Pace } from '#shared/domain/dead-letters/plan-resend.ts';

/** The consumer group that remembers which letters of a topic an operator has sent or dropped. */
export const redriveGroup = (topic: string): string => `redrive.${topic}`;

/** The consumer group that remembers how far the letters of a topic were resent at one pace. */
export const resendGroup = (topic: string, pace: Pace): string => `resend.${topic}.${pace}`;
