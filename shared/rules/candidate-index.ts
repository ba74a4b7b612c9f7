import type { ActionEvent } from '#shared/domain/campaigns/action-event.ts';
import {
  type Accesses,
  bestOf,
  type IndexedPart,
  type Probe,
  probeName,
} from './clauses/clause-access.ts';
import { intervalIndex } from './clauses/interval-index.ts';
import { type Answer, Failure, type Scalar } from './expressions/clause-value.ts';
import { type EventVariables, isAskable, type Vocabulary } from './expressions/event-variables.ts';

/**
 * How to find out that nothing of a campaign holds or fails; with no access it has to be evaluated.
 */
export type CampaignAccess = Readonly<{ accesses: Accesses; timeZone: string }>;

/** A part in a time zone, with the campaigns that can be found by it, by their places. */
type IndexedCampaigns = Readonly<{
  part: IndexedPart;
  timeZone: string;
  places: readonly number[];
  find: (value: Scalar) => readonly number[];
}>;

/**
 * Finds the campaigns whose clauses may hold or fail for an event, by their places in ascending
 * order: each part by which campaigns are found is evaluated once. Where the value of a part is
 * unknown, its campaigns are found all.
 */
export const candidateIndex = (
  campaigns: readonly CampaignAccess[],
  vocabulary: Vocabulary,
): ((event: ActionEvent) => readonly number[]) => {
  const all = [...campaigns.keys()];
  const always = all.filter((place) => campaigns[place]?.accesses.length === 0);
  const parts = indexedCampaigns(campaigns);
  const [anyZone = 'UTC'] = campaigns.map(({ timeZone }) => timeZone);
  const isComplete = isCompleteBy(vocabulary);
  return (event) => {
    if (!isComplete(vocabulary.variablesOf(event, anyZone))) return all;
    const found = new Set(always);
    for (const { part, timeZone, places, find } of parts) {
      const value = part.run(vocabulary.variablesOf(event, timeZone));
      for (const place of isKnown(value) ? find(value) : places) found.add(place);
    }
    return [...found].sort((one, other) => one - other);
  };
};

const indexedCampaigns = (campaigns: readonly CampaignAccess[]): readonly IndexedCampaigns[] => {
  const [anyZone = 'UTC'] = campaigns.map(({ timeZone }) => timeZone);
  const counts = Map.groupBy(
    campaigns.flatMap(({ accesses }) => accesses.flat()),
    probeName,
  );
  const sharedBy = (probe: Probe) => counts.get(probeName(probe))?.length ?? 0;
  const probes = campaigns.flatMap(({ accesses, timeZone }, place) =>
    (bestOf(accesses, sharedBy) ?? []).map((probe) => {
      const zone = probe.part.isLocal ? timeZone : anyZone;
      return { ...probe, place, timeZone: zone };
    }),
  );
  const byPart = Map.groupBy(probes, ({ part, timeZone }) => `${timeZone} ${part.name}`);
  return [...byPart.values()].flatMap((own) =>
    own.slice(0, 1).map(({ part, timeZone }) => ({
      ...{ part, timeZone },
      places: own.map(({ place }) => place),
      find: finder(own),
    })),
  );
};

/** Single values are looked up, everything else is searched for. */
const finder = (probes: readonly (Probe & Readonly<{ place: number }>)[]) => {
  const [values, ranges] = [probes.filter(isValue), probes.filter((probe) => !isValue(probe))];
  const byValue = Map.groupBy(values, ({ interval }) => interval.from);
  const inRanges = intervalIndex(ranges.map(({ interval, place: item }) => ({ interval, item })));
  return (value: Scalar): readonly number[] => [
    ...(byValue.get(value)?.map(({ place }) => place) ?? []),
    ...inRanges(value),
  ];
};

const isValue = ({ interval: { from, to } }: Probe): boolean =>
  from !== undefined && from === to && typeof from !== 'object';

/** NaN is in no interval, but would be searched for in vain. */
const isKnown = (value: Answer): value is Scalar =>
  !(value instanceof Failure) && !Array.isArray(value) && !Number.isNaN(value);

/**
 * Whether an event has every field that its schema requires: only then can expressions in
 * `cannotFail` not fail.
 */
const isCompleteBy = ({ schema }: Vocabulary) => {
  const required = Object.entries(schema.fields).flatMap(([name, field]) =>
    field.required && isAskable(name) ? [name] : [],
  );
  return ({ event }: EventVariables): boolean =>
    required.every((name) => event[name] !== undefined && !(event[name] instanceof Failure));
};
