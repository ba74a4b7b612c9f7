/** The statuses a route may succeed with. */
export type SuccessStatus = 200 | 201 | 202 | 204;

type Parts<Body> = Readonly<{
  /** The route's own when it is not given. */
  status?: SuccessStatus;
  /** Names in lower case, such as `etag` and `location`. */
  headers?: Readonly<Record<string, string>>;
  body: Body;
}>;

/**
 * A body together with the status and headers it goes out with; apart from any body by its class.
 */
export class Reply<Body> {
  readonly status: SuccessStatus | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;

  constructor({ status, headers = {}, body }: Parts<Body>) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }
}

/** Lets a handler set more than the body: `reply({ status: 201, headers: { location }, body })`. */
export const reply = <Body>(parts: Parts<Body>): Reply<Body> => new Reply(parts);
