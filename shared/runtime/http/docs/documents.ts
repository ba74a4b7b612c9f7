import type { Answer } from '../answer.ts';
import { methodNotAllowed } from '../match-route.ts';
import { docsPage } from './docs-page.ts';

/** The page brings its own style and nothing else: no script, no image, no other address. */
const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
  'x-content-type-options': 'nosniff',
};

/**
 * Answers GET /openapi.json with the document and GET /docs with a page made from it, to anyone; undefined elsewhere.
 * The function throws HttpProblem 405 for any other method there.
 */
export const createDocuments = (openapi: string) => {
  let page: string | undefined;
  const documents = new Map<string, () => Answer>([
    [
      '/openapi.json',
      () => ({ status: 200, headers: { 'content-type': 'application/json' }, body: openapi }),
    ],
    // Made when first asked for, so that no start waits for it.
    ['/docs', () => ({ status: 200, headers: pageHeaders, body: (page ??= docsPage(openapi)) })],
  ]);

  return (method: string, path: string): Answer | undefined => {
    const document = documents.get(path);
    if (document !== undefined && method !== 'GET') throw methodNotAllowed(['GET']);
    return document?.();
  };
};
