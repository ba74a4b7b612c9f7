import { setImmediate } from 'node:timers/promises';
import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import { type Campaign, expressionsOf } from '#shared/domain/campaigns/campaign.ts';
import { type MatchableCampaigns, matchable } from '#shared/domain/campaigns/match-event.ts';
import { candidateIndex } from './candidate-index.ts';
import { compileCampaign, type PreparableCampaign, withoutFields } from './compile-campaign.ts';
import { keepLeaves } from './compile-leaf.ts';
import { type Vocabulary, vocabularyOf } from './event-variables.ts';

type Compilation = Readonly<{
  action: string;
  schemas: ReadonlyMap<string, ActionSchema>;
  /** Of the tenant. */
  timeZone: string;
}>;

/** The campaigns that ask for an action, with what they were compiled by. */
export type CompiledCampaigns = Omit<MatchableCampaigns, 'campaigns'> &
  Readonly<{
    campaigns: readonly PreparableCampaign[];
    /** Of the action. */
    schema: ActionSchema;
    timeZone: string;
  }>;

/**
 * Compiles the campaigns that ask for an action, with an index that finds those whose clauses an
 * event of it may meet. A version of a campaign that `previous` has compiled by the same schema and
 * time zone is taken from there. Compiles one after the other, and lets other work go on in
 * between.
 */
export const compileCampaigns = async (
  campaigns: readonly Campaign[],
  { action, schemas, timeZone }: Compilation,
  previous?: CompiledCampaigns,
): Promise<CompiledCampaigns> => {
  const newest = schemas.get(action) ?? withoutFields(action);
  const isAsBefore = isCompiledBy(previous, newest, timeZone);
  const schema = isAsBefore ? previous.schema : newest;
  const known = byVersion(isAsBefore ? previous.campaigns : []);
  const allSchemas = new Map([...schemas, [action, schema]]);
  const compiled: PreparableCampaign[] = [];
  for (const campaign of campaigns) {
    const before = known.get(versionKey(campaign));
    const one = before ?? compileCampaign(campaign, allSchemas, timeZone);
    one.prepare(action);
    compiled.push(one);
    if (before === undefined) await setImmediate();
  }
  const candidatesOf = finderOf(compiled, action, vocabularyOf(schema));
  return { ...matchable(compiled, candidatesOf), campaigns: compiled, schema, timeZone };
};

const finderOf = (
  compiled: readonly PreparableCampaign[],
  action: string,
  vocabulary: Vocabulary,
): MatchableCampaigns['candidatesOf'] => {
  const used = compiled.flatMap(({ campaign }) => expressionsOf(campaign.terms));
  keepLeaves(vocabulary, new Set(used));
  const accesses = compiled.map((one) => one.prepare(action));
  const placesOf = candidateIndex(accesses, vocabulary);
  return (event) => placesOf(event).flatMap((place) => compiled[place] ?? []);
};

const isCompiledBy = (
  campaigns: CompiledCampaigns | undefined,
  { version }: ActionSchema,
  timeZone: string,
): campaigns is CompiledCampaigns =>
  campaigns?.timeZone === timeZone && campaigns.schema.version === version;

const byVersion = (campaigns: readonly PreparableCampaign[]) =>
  new Map(campaigns.map((one) => [versionKey(one.campaign), one]));

const versionKey = ({ campaignId, version }: Campaign): string => `${campaignId} ${version}`;
