import { describe, expect, it } from 'vitest';
import { docsPage } from './docs-page.ts';

const gift = { $ref: '#/components/schemas/Gift' };
const page = docsPage(
  JSON.stringify({
    openapi: '3.1.0',
    info: { title: 'gifts', version: '1.0.0' },
    paths: {
      '/gifts/{id}': {
        put: {
          operationId: 'putGift',
          summary: 'Gives <script>alert(1)</script> & more',
          security: [{ bearer: ['gifts:write'] }, { bearer: ['steward'] }],
          parameters: [
            {
              in: 'path',
              name: 'id',
              required: true,
              schema: { type: 'string', pattern: '^"' },
              description: 'Which gift',
            },
          ],
          requestBody: { content: { 'application/json': { schema: gift } } },
          responses: {
            201: { description: 'Created', content: { 'application/json': { schema: gift } } },
            204: { description: 'Nothing to say' },
          },
        },
      },
    },
    components: {
      schemas: {
        Gift: {
          type: 'object',
          required: ['points'],
          properties: {
            points: { type: 'integer', minimum: 1, maximum: 9, description: 'How many' },
            kind: { enum: ['a', 'b'], default: 'a' },
            to: { anyOf: [{ type: 'string' }, { type: 'null' }] },
            lines: { type: 'array', items: { type: 'object', properties: { sku: { const: 1 } } } },
          },
        },
      },
    },
  }),
);
const words = page.replaceAll(/<style>.*?<\/style>|<[^>]+>/gs, ' ').replaceAll(/\s+/g, ' ');

describe('docsPage', () => {
  it.each([
    'PUT /gifts/{id}',
    'Scope: gifts:write or steward',
    'id path string, ^&quot; yes Which gift',
    '201 Created application/json: Gift',
    '204 Nothing to say',
    'points integer, at least 1, at most 9 yes How many',
    'kind &quot;a&quot; or &quot;b&quot;',
    'to string or null no',
    'lines list of object no',
    'lines[].sku 1 no',
  ])('says %s', (text) => {
    expect(words).toContain(text);
  });

  it('escapes what the document says', () => {
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &amp; more');
    expect(page).not.toContain('<script');
  });

  it('brings everything with it', () => {
    expect(page).not.toMatch(/\b(src|href)="(?!#|openapi\.json")|@import|url\(/);
  });

  it('links only to what is there, under ids that are used once', () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    const links = [...page.matchAll(/ (?:href="#|aria-labelledby=")([^"]+)"/g)];
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(links.map(([, id]) => id)));
  });

  it('says its language and names its parts for those who cannot see it', () => {
    expect(page).toContain('<html lang="en">');
    expect(page.match(/<table>/g)?.length).toBe(page.match(/<caption>/g)?.length);
    expect(page).not.toMatch(/<th>/);
  });
});
