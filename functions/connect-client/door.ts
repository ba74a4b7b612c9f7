import type { IncomingMessage } from 'node:http';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import type { Limits } from './config.ts';
import { connections } from './metrics.ts';
import type { Transport } from './transport.ts';
import { createTurns, type Turn } from './turns.ts';

type TransportName = Transport['name'];

/** Checks connections before a pod accepts them: whether they are allowed, and how many. */
export type Door = Readonly<{
  /** Whether a request comes from a page that may connect, or from no page. */
  allowsOrigin: (request: Pick<IncomingMessage, 'headers'>) => boolean;
  /**
   * Reserves a place until `leave`; it is pending until `confirm`. Without room, the connection
   * that has been silent for longest is given up.
   * @throws HttpProblem 403 for an origin that is not allowed, 503 when there is no place.
   */
  enter: (request: Pick<IncomingMessage, 'headers'>, transport: TransportName) => Place;
  /** Resolves when it is the connection's turn. */
  turn: Turn;
}>;

/** The place of one connection. */
export type Place = Readonly<{
  /** Called when it has shown its token. */
  confirm: () => void;
  /** Called when it waits for a client that has shown no valid token, with how to cut it. */
  keepSilent: (cut: () => void) => void;
  leave: () => void;
}>;

/**
 * Handshakes per turn of the event loop: the clients of a pod that ended arrive all at once, and
 * frames of open connections must not wait for all of them.
 */
const handshakesMax = 4;

/**
 * Limits the connections of a pod, and those without a token more tightly. A flood of connections
 * that show none locks nobody out: each newcomer takes the place of the oldest of them.
 */
export const createDoor = (limits: Limits): Door => {
  const { ALLOWED_ORIGINS, CONNECTIONS_MAX, PENDING_CONNECTIONS_MAX } = limits;
  const pending = new Set<Place>();
  const confirmed = new Set<Place>();
  /** How to cut those of the pending ones that wait for their clients, the oldest first. */
  const silent = new Map<Place, () => void>();

  const isFull = (): boolean =>
    pending.size + confirmed.size >= CONNECTIONS_MAX || pending.size >= PENDING_CONNECTIONS_MAX;
  const cutOldest = (): void => {
    const [[place, cut] = []] = silent;
    place?.leave();
    cut?.();
  };
  const allowsOrigin: Door['allowsOrigin'] = ({ headers: { origin } }) =>
    origin === undefined || ALLOWED_ORIGINS.includes('*') || ALLOWED_ORIGINS.includes(origin);

  return {
    allowsOrigin,
    turn: createTurns(handshakesMax),
    enter: (request, transport) => {
      if (!allowsOrigin(request))
        throw new HttpProblem(403, 'origin-forbidden', 'Pages of this origin may not connect');
      if (isFull()) cutOldest();
      if (isFull()) throw full();
      const gauge = connections.labels({ transport });
      const place: Place = {
        confirm: () => {
          silent.delete(place);
          if (pending.delete(place)) confirmed.add(place);
        },
        keepSilent: (cut) => {
          if (pending.has(place)) silent.set(place, cut);
        },
        leave: () => {
          silent.delete(place);
          if (pending.delete(place) || confirmed.delete(place)) gauge.dec();
        },
      };
      pending.add(place);
      gauge.inc();
      return place;
    },
  };
};

const full = (): HttpProblem =>
  new HttpProblem(503, 'too-many-connections', 'This pod is full, retry later', {
    'retry-after': '5',
  });
