import { z } from 'zod';
import { slug } from '#shared/eventing/contracts/fields.ts';
import { line, shownInstant, strict } from '#shared/runtime/http/body/body-fields.ts';
import type { ProgramRecord } from '#shared/stores/postgres/tenants/program-store.ts';

const unit = z
  .string('must be a string')
  .regex(/^([A-Z]{3}|POINTS)$/, 'must be POINTS or an ISO 4217 code such as INR')
  .describe('POINTS, or an ISO 4217 currency whose minor units are counted');

/** The body that makes a program. */
export const newProgram = strict({
  program: slug.describe('Identifier used in paths and events'),
  name: line(100).describe('Display name'),
  unit: unit.default('POINTS'),
}).meta({ id: 'NewProgram' });

/** A program. */
export const programAnswer = z
  .object({ program: z.string(), name: z.string(), unit, createdAt: shownInstant })
  .meta({ id: 'Program' });

/** Shows a program. */
export const showProgram = ({
  program,
  name,
  unit,
  createdAt,
}: ProgramRecord): z.output<typeof programAnswer> => ({
  program,
  name,
  unit,
  createdAt: createdAt.toISOString(),
});
