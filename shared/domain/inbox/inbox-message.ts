import type { Correlation } from '../correlation.ts';

/** Whose inbox. */
export type InboxUser = Readonly<{ tenantId: string; userId: string }>;

/** What a message notifies its user of. */
export const inboxMessageTypes = [
  'INCENTIVE_NOTIFICATION',
  'INCENTIVE_REVERSED',
  'INCENTIVE_EXPIRED',
] as const;

/** One of them. */
export type InboxMessageType = (typeof inboxMessageTypes)[number];

/** What a client receives of a reward: points, or minor units of a currency, or a coupon. */
type FrameReward =
  | Readonly<{ currency: string; amount: number }>
  | Readonly<{ type: 'COUPON'; amount: number; couponCode?: string | undefined }>;

type FrameOf<Type extends InboxMessageType, At extends string> = Readonly<
  { type: Type; incentiveId: string; campaignId: string; reward: FrameReward } & Record<At, string>
>;

/** The JSON that a client receives, without its `id`; instants are ISO 8601. */
export type InboxFrame =
  | FrameOf<'INCENTIVE_NOTIFICATION', 'issuedAt'>
  | FrameOf<'INCENTIVE_REVERSED', 'reversedAt'>
  | FrameOf<'INCENTIVE_EXPIRED', 'expiredAt'>;

/** A message of an inbox. */
export type InboxMessage = InboxUser &
  Readonly<{
    /** 1, 2, 3 … within the inbox, without gaps. */
    position: number;
    /** The same however often its event is delivered. */
    messageId: string;
    type: InboxMessageType;
    frame: InboxFrame;
    /** When it was recorded. */
    createdAt: Date;
    /** What brought it about; absent in what is read from the inbox. */
    cause?: Correlation | undefined;
  }>;

/**
 * A message before it has a position. `occurredAt` is the event's: it decides when the message is
 * too old to be kept.
 */
export type NewInboxMessage = Omit<InboxMessage, 'position' | 'createdAt' | 'cause'> &
  Readonly<{ occurredAt: Date }>;

/**
 * A message as it is sent: the frame's JSON text with its `id`, which is the position; and what
 * brought it about, which stays on the server.
 */
export type SentFrame = Readonly<{
  position: number;
  text: string;
  cause?: Correlation | undefined;
}>;

/** How many days a message stays in the inbox after its event. */
export const inboxDays = 90;

/** What a client receives of a message: its frame with its `id`, which is the position. */
export const clientFrame = ({
  position,
  frame,
}: Pick<InboxMessage, 'position' | 'frame'>): InboxFrame & Readonly<{ id: string }> => ({
  ...frame,
  id: String(position),
});

/**
 * The text that every client receives of a message, whichever way it comes. Without a known cause
 * it begins when the message was recorded.
 */
export const sentFrame = ({ position, frame, createdAt, cause }: InboxMessage): SentFrame => ({
  position,
  text: JSON.stringify(clientFrame({ position, frame })),
  cause: { ...cause, startedAt: cause?.startedAt ?? createdAt.toISOString() },
});
