import createFetchClient, { type Client } from 'openapi-fetch';

// `npm install` and `npm run docs` generate clients/generated.
export type { components as CmsComponents, paths as CmsApi } from './generated/cms-api.ts';
export type { paths as IdentityApi } from './generated/identity-api.ts';
export type { paths as LeaderboardApi } from './generated/leaderboard-api.ts';
export type { paths as WalletApi } from './generated/wallet-api.ts';

type Server = Readonly<{
  /** Without a slash at its end: https://api.example.com */
  url: string;
  /** Returns the bearer token for the next request. */
  token: () => string | Promise<string>;
}>;

/**
 * A client of one API, such as `createClient<WalletApi>({ url, token })`: openapi-fetch with a
 * token.
 */
export const createClient = <Api extends object>({ url, token }: Server): Client<Api> => {
  const client = createFetchClient<Api>({ baseUrl: url });
  client.use({
    onRequest: async ({ request }) => {
      request.headers.set('authorization', `Bearer ${await token()}`);
    },
  });
  return client;
};

/** A refusal of an API, as RFC 9457 describes it. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  /** The stable name of the problem; empty where something between us and the API answered. */
  readonly code: string;

  constructor(status: number, problem: unknown) {
    const { code, detail } = (problem ?? {}) as Readonly<Record<string, unknown>>;
    super(typeof detail === 'string' ? detail : `The API answered ${status}`);
    this.status = status;
    this.code = typeof code === 'string' ? code : '';
  }
}

type Answer<Body> = Readonly<{ data?: Body; error?: unknown; response: Response }>;

/**
 * The body of a successful response; undefined where it has none.
 * @throws ApiProblem when the request was refused.
 */
export const bodyOf = async <Body>(answer: Promise<Answer<Body>>): Promise<Body> => {
  const { data, error, response } = await answer;
  if (!response.ok) throw new ApiProblem(response.status, error);
  return data as Body;
};
