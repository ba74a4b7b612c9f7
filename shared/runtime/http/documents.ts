import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Answer } from './answer.ts';
import { methodNotAllowed } from './match-route.ts';

/**
 * Redoc in one file: a package in the sources, a folder next to the bundle. It needs nothing else.
 */
const script = 'redoc/bundles/redoc.standalone.js';

/** Redoc fills its own element. The page has no inline script, so its policy allows none. */
const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API reference</title>
</head>
<body>
<redoc spec-url="openapi.json"></redoc>
<script src="docs/redoc.js"></script>
</body>
</html>
`;

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  // Redoc writes its styles while it runs, and searches in a worker that it makes.
  "style-src 'unsafe-inline'",
  'worker-src blob:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const answerOf = (type: string, body: string, headers: Answer['headers'] = {}): Answer => ({
  status: 200,
  headers: { 'content-type': type, 'x-content-type-options': 'nosniff', ...headers },
  body,
});

/**
 * Answers GET /openapi.json with the document, and GET /docs with a reference page for it that
 * loads nothing from elsewhere, to anyone; undefined for other paths.
 * The function throws HttpProblem 405 for any other method there.
 */
export const createDocuments = (openapi: string) => {
  const documents = new Map<string, () => Answer | Promise<Answer>>([
    ['/openapi.json', () => answerOf('application/json', openapi)],
    [
      '/docs',
      () => answerOf('text/html; charset=utf-8', page, { 'content-security-policy': policy }),
    ],
    [
      '/docs/redoc.js',
      async () => {
        const file = createRequire(import.meta.url).resolve(script);
        return answerOf('text/javascript; charset=utf-8', await readFile(file, 'utf8'), {
          'cache-control': 'public, max-age=86400',
        });
      },
    ],
  ]);

  return (method: string, path: string): Answer | Promise<Answer> | undefined => {
    const document = documents.get(path);
    if (document !== undefined && method !== 'GET') throw methodNotAllowed(['GET']);
    return document?.();
  };
};
