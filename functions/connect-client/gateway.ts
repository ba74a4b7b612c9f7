import { closing } from '#shared/clients/connect-client.ts';
import { decideResume } from '#shared/domain/inbox/decide-resume.ts';
import type { InboxUser } from '#shared/domain/inbox/inbox-message.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { InboxChannel, InboxListener } from '#shared/stores/redis/inbox/inbox-channel.ts';
import type { Limits } from './config.ts';
import type { Inboxes } from './inboxes.ts';
import { connectionsRefusedTotal } from './metrics.ts';
import { Session } from './session.ts';
import type { Closing, Transport } from './transport.ts';

/** A user whose client connects. */
type Arrival = Readonly<{
  user: InboxUser;
  /** When the token expires. */
  expiresAt: Date | undefined;
  transport: Transport;
  /** The position of the last frame that the client has. */
  lastPosition: number | undefined;
}>;

/** A connection that was let in. */
export type Admitted = Readonly<{
  /** Continues after another frame, at the client's request. */
  resume: (lastPosition: number | undefined) => void;
  /** Call it when the connection is closed, by either side. */
  left: () => void;
}>;

type Options = Readonly<{
  inboxes: Inboxes;
  openChannel: (listener: InboxListener) => InboxChannel;
  limits: Limits;
  log: Logger;
}>;

/** `part`: of the heartbeat. */
type Room = Readonly<{ user: InboxUser; sessions: Set<Session>; part: number }>;

/**
 * Parts of a heartbeat: frames wait while connections are checked, so a pod with thousands of them
 * does not check them all at once.
 */
export const heartbeatParts = 250;

const keyOf = ({ tenantId, userId }: InboxUser): string => JSON.stringify([tenantId, userId]);

/**
 * All connections of a pod. Those of one user share a subscription; what a subscription missed is
 * found by comparing positions with Postgres: when a client connects, when its user is subscribed,
 * and at each heartbeat.
 */
export class Gateway {
  readonly #options: Options;
  readonly #channel: InboxChannel;
  readonly #rooms = new Map<string, Room>();
  /** Counts users that connected, and parts of heartbeats: each part gets as many users. */
  #entered = 0;
  #beats = 0;
  #isDraining = false;

  constructor(options: Options) {
    this.#options = options;
    this.#channel = options.openChannel({
      received: (user, frame) => {
        for (const session of this.#sessionsOf(user)) session.receive(frame);
      },
      subscribed: (users) => void this.#compare(users),
    });
  }

  /** Admits a connection; undefined if it was closed instead, because the user has too many. */
  admit(arrival: Arrival): Admitted | undefined {
    const { user, transport, lastPosition } = arrival;
    const { inboxes, limits, log } = this.#options;
    const session = new Session({
      user,
      transport,
      readAfter: inboxes.after,
      limits,
      log,
    });
    if (!this.#enter(session)) {
      connectionsRefusedTotal.inc({ reason: 'user-connections' });
      session.close(closing.tooMany);
      return undefined;
    }
    const timer = this.#endInTime(session, arrival.expiresAt);
    if (this.#isDraining) this.#closeSoon(session);
    void this.#resume(session, lastPosition);
    return {
      resume: (position) => void this.#resume(session, position),
      left: () => {
        clearTimeout(timer);
        this.#leave(session);
      },
    };
  }

  /** Checks that each client still answers, and compares all positions with the inboxes. */
  heartbeat(): Promise<void> {
    return this.#check([...this.#rooms.values()]);
  }

  /** The same for one part of the users; for each once in `heartbeatParts` calls. */
  beat(): Promise<void> {
    const part = this.#beats % heartbeatParts;
    this.#beats += 1;
    return this.#check([...this.#rooms.values()].filter((room) => room.part === part));
  }

  /**
   * Closes all connections over DRAIN_SECONDS, so that their clients connect to other pods one by
   * one.
   */
  drain(): void {
    this.#isDraining = true;
    for (const { sessions } of this.#rooms.values())
      for (const session of sessions) this.#closeSoon(session);
  }

  close(): Promise<void> {
    return this.#channel.close();
  }

  async #check(rooms: readonly Room[]): Promise<void> {
    for (const { sessions } of rooms) for (const { transport } of sessions) transport.heartbeat();
    await this.#compare(rooms.map(({ user }) => user));
  }

  #sessionsOf(user: InboxUser): Iterable<Session> {
    return this.#rooms.get(keyOf(user))?.sessions ?? [];
  }

  #enter(session: Session): boolean {
    const key = keyOf(session.user);
    const room = this.#rooms.get(key) ?? this.#roomFor(session.user);
    if (room.sessions.size >= this.#options.limits.USER_CONNECTIONS_MAX) return false;
    this.#rooms.set(key, room);
    room.sessions.add(session);
    return true;
  }

  #roomFor(user: InboxUser): Room {
    this.#entered += 1;
    return { user, sessions: new Set(), part: this.#entered % heartbeatParts };
  }

  #leave(session: Session): void {
    session.end();
    const key = keyOf(session.user);
    const room = this.#rooms.get(key);
    if (!room?.sessions.delete(session) || room.sessions.size > 0) return;
    this.#rooms.delete(key);
    this.#channel.unsubscribe(room.user);
  }

  async #resume(session: Session, lastPosition: number | undefined): Promise<void> {
    const { inboxes, limits, log } = this.#options;
    try {
      // In this order: what is published after the position was read is received.
      await this.#channel.subscribe(session.user);
      const newest = await inboxes.newestOf(session.user);
      const replayMax = limits.REPLAY_FRAMES_MAX;
      session.start(decideResume({ lastPosition, newest, replayMax }), newest);
    } catch (error) {
      log.warn({ err: error }, 'the inbox of a client could not be read');
      session.close(closing.overloaded);
    }
  }

  /** Reads what sessions of these users lack; the next heartbeat repeats what fails. */
  async #compare(users: readonly InboxUser[]): Promise<void> {
    const { inboxes, log } = this.#options;
    try {
      await Promise.all(users.map(async (user) => this.#reach(user, await inboxes.newestOf(user))));
    } catch (error) {
      log.warn({ err: error, users: users.length }, 'positions could not be compared');
    }
  }

  #reach(user: InboxUser, newest: number): void {
    for (const session of this.#sessionsOf(user)) session.reach(newest);
  }

  /**
   * When its token expires, or before queue-proxy would cut it; connections that began together end
   * at different times.
   */
  #endInTime(session: Session, expiresAt: Date | undefined): NodeJS.Timeout {
    const ageMs = this.#options.limits.CONNECTION_SECONDS * 1_000 * (1 - Math.random() / 5);
    const validMs = expiresAt === undefined ? ageMs : expiresAt.getTime() - Date.now();
    return validMs < ageMs
      ? closeIn(session, Math.max(0, validMs), closing.tokenExpired)
      : closeIn(session, ageMs, closing.restart);
  }

  #closeSoon(session: Session): void {
    const waitMs = Math.random() * this.#options.limits.DRAIN_SECONDS * 1_000;
    closeIn(session, waitMs, closing.restart);
  }
}

const closeIn = (...[session, waitMs, reason]: [Session, number, Closing]): NodeJS.Timeout =>
  setTimeout(() => session.close(reason), waitMs).unref();
