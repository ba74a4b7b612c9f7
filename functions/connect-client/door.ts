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
   * Reserves a place until `leave`; it is pending until `confirm`.
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
  leave: () => void;
}>;

/**
 * Handshakes per turn of the event loop: the clients of a pod that ended arrive all at once, and
 * frames of open connections must not wait for all of them.
 */
const handshakesMax = 4;

/**
 * Limits the connections of a pod, and those without a token more tightly, so that a flood of them
 * locks nobody out.
 */
export const createDoor = (limits: Limits): Door => {
  const { ALLOWED_ORIGINS, CONNECTIONS_MAX, PENDING_CONNECTIONS_MAX } = limits;
  const pending = new Set<Place>();
  const confirmed = new Set<Place>();

  const allowsOrigin: Door['allowsOrigin'] = ({ headers: { origin } }) =>
    origin === undefined || ALLOWED_ORIGINS.includes('*') || ALLOWED_ORIGINS.includes(origin);

  return {
    allowsOrigin,
    turn: createTurns(handshakesMax),
    enter: (request, transport) => {
      if (!allowsOrigin(request))
        throw new HttpProblem(403, 'origin-forbidden', 'Pages of this origin may not connect');
      if (
        pending.size + confirmed.size >= CONNECTIONS_MAX ||
        pending.size >= PENDING_CONNECTIONS_MAX
      )
        throw full();
      const gauge = connections.labels({ transport });
      const place: Place = {
        confirm: () => {
          if (pending.delete(place)) confirmed.add(place);
        },
        leave: () => {
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
