import { HttpProblem } from '#shared/runtime/problem.ts';
import type { ProgramStore } from '#shared/stores/postgres/program-store.ts';
import type { StoredVersion, VersionKey } from '#shared/stores/postgres/stored-version.ts';
import type { VersionStore } from '#shared/stores/postgres/version-store.ts';
import type { Dependencies } from '../dependencies.ts';
import { toPage } from '../parameters.ts';
import { noProgram } from '../refusals.ts';
import { type ActivationRefusal, decideActivation, type Wish } from './decide-activation.ts';

type Access<Terms> = Readonly<{ store: VersionStore<Terms> }> & Pick<Dependencies, 'clock'>;

const noVersion = ({ program, version }: VersionKey): HttpProblem => {
  const detail = `Version ${version} does not exist in program ${program}`;
  return new HttpProblem(404, 'version-not-found', detail);
};

/** A version. @throws HttpProblem when there is none. */
export const findVersion = async <Terms>(
  store: VersionStore<Terms>,
  key: VersionKey,
): Promise<StoredVersion<Terms>> => {
  const version = await store.find(key);
  if (version === undefined) throw noVersion(key);
  return version;
};

type Listing = Readonly<{
  key: Omit<VersionKey, 'version'>;
  limit: number;
  cursor: number | undefined;
}>;

/** A page of versions, the newest first. @throws HttpProblem when there is no such program. */
export const listVersions = async <Terms>(
  { store, programs }: Readonly<{ store: VersionStore<Terms>; programs: ProgramStore }>,
  { key, limit, cursor }: Listing,
) => {
  const versions = await store.list(key, { limit: limit + 1, below: cursor });
  if (versions.length === 0 && (await programs.find(key)) === undefined) throw noProgram(key);
  return toPage(versions, limit, ({ version }) => version);
};

const statuses: Readonly<Record<ActivationRefusal['reason'], number>> = {
  'begins-too-early': 400,
  'ends-too-early': 400,
  'begun-differently': 409,
  'begins-beside-another': 409,
};

/** What activateVersion may refuse, for the document. */
export const activationProblems = {
  404: 'The program or version does not exist',
  409: 'The version was already activated with different dates, or another version takes effect at the same time',
};

/** Lets a version begin, or finds that it did. @throws HttpProblem when there is none, or it may not. */
export const activateVersion = async <Terms>(
  { store, clock }: Access<Terms>,
  key: VersionKey,
  { subject, ...wish }: Wish & Readonly<{ subject: string }>,
): Promise<StoredVersion<Terms>> => {
  const activation = await store.activate(key, subject, (version, others) =>
    decideActivation(wish, { version, others, now: clock() }),
  );
  if (activation === undefined) throw noVersion(key);
  if (activation.kind !== 'refused') return activation.version;
  const { reason, detail } = activation.refusal;
  throw new HttpProblem(statuses[reason], reason, detail);
};
