import type { PushDevice } from '#shared/stores/postgres/inbox/push-settings.ts';

/** What a phone shows. */
export type MobileNotification = Readonly<{
  /**
   * Replaces an earlier one of the same id on the phone, so that a repeated attempt shows nothing
   * twice.
   */
  id: string;
  title: string;
  /** When a service that could not reach the phone by then drops it. */
  expiresAt: Date;
  /** What the app receives, as the frame of a socket. */
  data: Readonly<Record<string, string>>;
}>;

/** The outcome of an attempt: `failed` may succeed later; with an invalid token none ever will. */
export type MobileOutcome = 'sent' | 'invalid-token' | 'failed';

/** A service that reaches the phones of a platform. */
export type MobileGateway = Readonly<{
  /** Sends a notification to one device; it never rejects. */
  send: (token: PushDevice['token'], notification: MobileNotification) => Promise<MobileOutcome>;
  close: () => Promise<void>;
}>;
