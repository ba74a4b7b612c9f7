import { setImmediate } from 'node:timers/promises';
import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import type { Campaign } from '#shared/domain/campaigns/campaign.ts';
import type { CompiledCampaign } from '#shared/domain/campaigns/compiled-campaign.ts';
import { compileCampaign } from './compile-campaign.ts';

type Compilation = Readonly<{
  action: string;
  schemas: ReadonlyMap<string, ActionSchema>;
  /** Of the tenant. */
  timeZone: string;
}>;

/** Compiles campaigns for the events of an action, one after the other, and lets other work go on in between. */
export const compileCampaigns = async (
  campaigns: readonly Campaign[],
  { action, schemas, timeZone }: Compilation,
): Promise<readonly CompiledCampaign[]> => {
  const compiled: CompiledCampaign[] = [];
  for (const campaign of campaigns) {
    const one = compileCampaign(campaign, schemas, timeZone);
    one.prepare(action);
    compiled.push(one);
    await setImmediate();
  }
  return compiled;
};
