import { z } from 'zod';
import { text } from '#shared/eventing/contracts/fields.ts';
import { shownInstant } from '#shared/runtime/http/body/body-fields.ts';
import { nextCursor, pageQuery, toPage } from '#shared/runtime/http/requests/page.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { AuditEntry } from '#shared/stores/postgres/journal/audit-reader.ts';
import type { Dependencies } from '../dependencies.ts';
import { tenantPath } from '../parameters.ts';

const word = text.min(1).max(500).optional();

const auditQuery = pageQuery(z.int().min(1)).extend({
  resource: word.describe('Resource prefix, such as `campaigns/` or `cohorts/vip`'),
  subject: word.describe('Only changes by this subject'),
  action: word.describe('Only this action, such as `access.refused`'),
});

const entry = z
  .object({
    auditNo: z.int(),
    at: shownInstant,
    subject: z.string().describe('Subject of the token that made the change'),
    action: z.string(),
    resource: z
      .string()
      .describe('Resource that was changed; for a denied request, its method and path'),
    before: z.unknown().describe('null if it did not exist before'),
    after: z.unknown().describe('null if it no longer exists'),
  })
  .meta({ id: 'AuditEntry' });

const auditAnswer = z.object({ entries: z.array(entry), nextCursor }).meta({ id: 'AuditPage' });

/** GET …/audit: who changed what by hand, and who was refused another tenant's. */
export const listAudit = ({ audit }: Pick<Dependencies, 'audit'>) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/tenants/{tenantId}/audit',
    id: 'listAudit',
    summary: 'List changes and denied requests, newest first',
    scope: 'audit:read',
    params: tenantPath,
    query: auditQuery,
    response: auditAnswer,
    handle: async ({ params: { tenantId }, query: { limit, cursor: below, ...filters } }) => {
      const found = await audit.page({ tenantId, ...filters, below, limit: limit + 1 });
      const page = toPage(found, limit, ({ auditNo }) => auditNo);
      return { entries: page.items.map(show), nextCursor: page.nextCursor };
    },
  });

const show = ({ at, ...shown }: AuditEntry): z.output<typeof entry> => ({
  ...shown,
  at: at.toISOString(),
});
