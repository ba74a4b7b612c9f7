import { closing } from '#shared/clients/connect-client.ts';
import type { Resume } from '#shared/domain/inbox/decide-resume.ts';
import type { InboxUser, SentFrame } from '#shared/domain/inbox/inbox-message.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Limits } from './config.ts';
import { frameSeconds, framesSentTotal, replaysTotal } from './metrics.ts';
import type { Closing, Transport } from './transport.ts';

/** Frames of an inbox after a position that is not the newest, the oldest first. */
type ReadAfter = (user: InboxUser, position: number, max: number) => Promise<readonly SentFrame[]>;

type Options = Readonly<{
  user: InboxUser;
  transport: Transport;
  readAfter: ReadAfter;
  limits: Pick<Limits, 'BUFFERED_BYTES_MAX' | 'HEARTBEAT_SECONDS'>;
  log: Logger;
}>;

/** Frames read at once: few, since they wait in memory for the client to read them. */
const pageMax = 100;

const live = framesSentTotal.labels({ source: 'live' });
const replayed = framesSentTotal.labels({ source: 'replay' });

/**
 * The progress of one connection through the inbox of its user. Sends each frame once and in order,
 * even if it is published twice, late or not at all: the position of the last frame shows which one
 * is next, and missing ones are read.
 */
export class Session {
  readonly user: InboxUser;
  readonly transport: Transport;
  readonly #options: Options;
  /** The position of the last frame that was sent; undefined until `start`. */
  #position: number | undefined;
  /** The newest known position. */
  #newest = 0;
  /**
   * The newest position when the client connected: frames up to it were not late, the client was.
   */
  #newestBefore = 0;
  #isReading = false;
  #isOver = false;

  constructor(options: Options) {
    this.#options = options;
    this.user = options.user;
    this.transport = options.transport;
  }

  /** Sends WELCOME and the frames that follow; again when the client resumes elsewhere. */
  start(resume: Resume, newest: number): void {
    if (this.#isOver) return;
    this.#welcome(resume);
    this.#newestBefore = newest;
    this.reach(newest);
  }

  /** Sends a published frame if it is the next one. */
  receive(frame: SentFrame): void {
    if (this.#isNext(frame)) {
      this.#send(frame);
      live.inc();
    }
    this.reach(frame.position);
  }

  /** Reads what is missing up to the newest position of the inbox. */
  reach(newest: number): void {
    this.#newest = Math.max(this.#newest, newest);
    if (this.#isReading || !this.#lacksFrames()) return;
    this.#isReading = true;
    replaysTotal.inc({ reason: this.#newest > this.#newestBefore ? 'gap' : 'resume' });
    void this.#readMissing().finally(() => {
      this.#isReading = false;
    });
  }

  /** Closes the connection. */
  close(reason: Closing): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.transport.close(reason);
  }

  /** Sends nothing more, because the connection is closed. */
  end(): void {
    this.#isOver = true;
  }

  #lacksFrames(): boolean {
    return !this.#isOver && this.#position !== undefined && this.#position < this.#newest;
  }

  #isNext({ position }: SentFrame): boolean {
    return !this.#isOver && this.#position !== undefined && position === this.#position + 1;
  }

  #welcome({ recovered, position }: Resume): void {
    this.#position = position;
    const heartbeatMs = this.#options.limits.HEARTBEAT_SECONDS * 1_000;
    const frame = { type: 'WELCOME', recovered, lastId: String(position), heartbeatMs };
    this.transport.send(JSON.stringify(frame), position);
  }

  #send(frame: SentFrame, written?: () => void): void {
    if (this.transport.bufferedBytes() > this.#options.limits.BUFFERED_BYTES_MAX) {
      this.close(closing.slow);
      return;
    }
    const { position, text, cause } = frame;
    this.#position = position;
    this.transport.send(text, position, written);
    this.#options.log.debug({ ...this.user, position, ...cause }, 'sent a frame');
    const waitMs = Date.now() - Date.parse(cause?.startedAt ?? '');
    if (position > this.#newestBefore && waitMs >= 0) frameSeconds.observe(waitMs / 1_000);
  }

  async #readMissing(): Promise<void> {
    const { readAfter, log } = this.#options;
    try {
      while (this.#lacksFrames()) {
        const from = this.#position ?? 0;
        await this.#sendPage(await readAfter(this.user, from, pageMax), from);
      }
    } catch (error) {
      log.warn({ err: error }, 'missing frames could not be read');
      this.close(closing.overloaded);
    }
  }

  /** Resolves when the sent frames have been written, so that a replay is as fast as its reader. */
  async #sendPage(frames: readonly SentFrame[], from: number): Promise<void> {
    const first = frames[0]?.position ?? this.#newest + 1;
    // The inbox no longer contains the missing frames: the client is notified, and continues after
    // them.
    if (this.#position === from && first > from + 1)
      this.#welcome({ recovered: false, position: first - 1 });
    let left: Promise<unknown> | undefined;
    for (const frame of frames) {
      if (!this.#isNext(frame)) continue;
      const { promise, resolve } = Promise.withResolvers<undefined>();
      this.#send(frame, () => resolve(undefined));
      left = promise;
      replayed.inc();
    }
    if (!this.#isOver) await left;
  }
}
