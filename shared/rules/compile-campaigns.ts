import { setImmediate } from 'node:timers/promises';
import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import type { Campaign } from '#shared/domain/campaigns/campaign.ts';
import type { CompiledCampaign } from '#shared/domain/campaigns/compiled-campaign.ts';
import { type MatchableCampaigns, matchable } from '#shared/domain/campaigns/match-event.ts';
import { type CampaignAccess, candidateIndex } from './candidate-index.ts';
import { compileCampaign, withoutFields } from './compile-campaign.ts';
import { vocabularyOf } from './event-variables.ts';

type Compilation = Readonly<{
  action: string;
  schemas: ReadonlyMap<string, ActionSchema>;
  /** Of the tenant. */
  timeZone: string;
}>;

/**
 * Compiles the campaigns that ask for an action, with an index that finds those whose clauses an event of it may meet. Compiles one after the
 * other, and lets other work go on in between.
 */
export const compileCampaigns = async (
  campaigns: readonly Campaign[],
  { action, schemas, timeZone }: Compilation,
): Promise<MatchableCampaigns> => {
  const schema = schemas.get(action) ?? withoutFields(action);
  const known = new Map([...schemas, [action, schema]]);
  const compiled: CompiledCampaign[] = [];
  const accesses: CampaignAccess[] = [];
  for (const campaign of campaigns) {
    const one = compileCampaign(campaign, known, timeZone);
    accesses.push(one.prepare(action));
    compiled.push(one);
    await setImmediate();
  }
  const placesOf = candidateIndex(accesses, vocabularyOf(schema));
  return matchable(compiled, (event) => placesOf(event).flatMap((place) => compiled[place] ?? []));
};
