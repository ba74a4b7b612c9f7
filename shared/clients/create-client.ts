/** What operations take and answer, by their ids. */
type Api = Readonly<Record<string, Readonly<{ asked: object; answer: unknown }>>>;

type Places<Operations> = Readonly<
  Record<keyof Operations, Readonly<{ method: string; path: string }>>
>;

type Server = Readonly<{
  /** Without a slash at its end: https://api.example.com */
  url: string;
  /** The bearer token for the next request. */
  token: () => string | Promise<string>;
}>;

/** What an operation answered when it succeeded. */
type Answer<Body> = Readonly<{ status: number; headers: Headers; body: Body }>;

/** A refusal of an API, as RFC 9457 writes it. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  /** The stable name of the problem; empty where something between us and the API answered. */
  readonly code: string;

  constructor(
    status: number,
    { code = '', detail = '' }: Readonly<{ code?: string; detail?: string }>,
  ) {
    super(detail === '' ? `The API answered ${status}` : detail);
    this.status = status;
    this.code = code;
  }
}

type Values = Readonly<Record<string, string | number | boolean | undefined>>;

type Asked = Readonly<{
  path?: Values;
  query?: Values;
  headers?: Values;
  body?: unknown;
}>;

/**
 * Returns how to call the operations of an API by their ids. A call resolves with what the operation answered when it succeeded.
 * The call throws ApiProblem when it was refused, and what fetch throws when there was no answer.
 */
export const createClient =
  <Operations extends Api>(places: Places<Operations>, { url, token }: Server) =>
  async <Id extends keyof Operations>(
    id: Id,
    asked: Operations[Id]['asked'],
  ): Promise<Answer<Operations[Id]['answer']>> => {
    const { method, path } = places[id];
    const { path: values = {}, query = {}, headers = {}, body }: Asked = asked;
    const answer = await fetch(url + fill(path, values) + searchOf(query), {
      method,
      headers: {
        ...given(headers),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        authorization: `Bearer ${await token()}`,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new ApiProblem(answer.status, problemOf(text));
    const read: unknown = text === '' ? undefined : JSON.parse(text);
    return { status: answer.status, headers: answer.headers, body: read };
  };

const fill = (path: string, values: Values): string =>
  path.replaceAll(/\{(\w+)\}/g, (_placeholder, name: string) =>
    encodeURIComponent(String(values[name])),
  );

const searchOf = (query: Values): string => {
  const search = new URLSearchParams(given(query)).toString();
  return search === '' ? '' : `?${search}`;
};

const given = (values: Values): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]],
    ),
  );

const problemOf = (text: string): Readonly<{ code?: string; detail?: string }> => {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === 'object' && read !== null ? read : {};
  } catch {
    return {};
  }
};
