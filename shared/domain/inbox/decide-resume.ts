/** What is known when a client connects. Positions of an inbox are dense: 1, 2, 3 … */
type Arrival = Readonly<{
  /** The position of the last frame that the client has; undefined for one that has none. */
  lastPosition: number | undefined;
  /** The newest position of the inbox, 0 when it is empty. */
  newest: number;
  /** The most frames that are replayed. */
  replayMax: number;
}>;

/** `position`: frames after this one follow. `recovered`: they are all that the client lacks. */
export type Resume = Readonly<{ recovered: boolean; position: number }>;

/**
 * Decides where the frames of a connection begin: after the last one that the client has; or after
 * the newest, where too many lie between, it has none, or it names one that was never sent.
 */
export const decideResume = ({ lastPosition, newest, replayMax }: Arrival): Resume =>
  lastPosition !== undefined && lastPosition <= newest && newest - lastPosition <= replayMax
    ? { recovered: true, position: lastPosition }
    : { recovered: false, position: newest };
