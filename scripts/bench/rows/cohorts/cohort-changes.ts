import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { cohortBitmaps } from '#shared/stores/redis/cohorts/cohort-bitmaps.ts';
import { VoidRound } from '../../core/rounds.ts';
import { type CohortWorld, cohortNames, tenantId } from './cohort-world.ts';

/** Users by their numbers. */
type Numbers = Readonly<{ first: number; count: number }>;

/** The result of an upload. */
type Upload = Readonly<{ status: string; rowsRead: number; size?: number }>;

/** As in docs/campaigns.md. */
const rowsPerPart = 200_000;

const lines = ({ first, count }: Numbers): string => {
  let text = '';
  for (let number = first; number < first + count; number += 1) text += `u-${number}\n`;
  return text;
};

/** Sends a request to cms-api. @throws VoidRound for an answer that was not expected. */
const ask = async (
  { api, token }: CohortWorld,
  path: string,
  { expected, ...init }: RequestInit & Readonly<{ expected: readonly number[] }>,
): Promise<Response> => {
  const headers = new Headers(init.headers);
  headers.set('authorization', `Bearer ${token}`);
  const response = await fetch(`http://127.0.0.1:${api.port}/api/v1/cohorts${path}`, {
    ...init,
    headers,
  });
  if (!expected.includes(response.status))
    throw new VoidRound(`${path}: ${response.status} ${await response.text()}`);
  return response;
};

const send = (world: CohortWorld, path: string, body: unknown): Promise<Response> =>
  ask(world, path, {
    ...{ method: 'POST', expected: [200, 201, 202], body: JSON.stringify(body) },
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
  });

/** Creates a cohort and returns its id. */
export const createCohort = async (
  world: CohortWorld,
  document: Readonly<Record<string, unknown>>,
): Promise<string> => {
  const { cohortId } = (await (await send(world, '', document)).json()) as { cohortId: string };
  return cohortId;
};

/**
 * Uploads users in parts, as docs/campaigns.md does; at 60 % of the rows the connection breaks in
 * the middle of a part, and the upload is continued after the rows that arrived.
 */
export const upload = async (
  world: CohortWorld,
  cohortId: string,
  { mode, numbers }: Readonly<{ mode: 'add' | 'replace'; numbers: Numbers }>,
): Promise<string> => {
  const started = await send(world, `/${cohortId}/uploads`, { mode });
  const { uploadId } = (await started.json()) as { uploadId: string };
  const path = `/${cohortId}/uploads/${uploadId}`;
  const breakAt = Math.floor(numbers.count * 0.6);
  let isBroken = false;
  for (;;) {
    const { rowsRead } = await find(world, path);
    if (rowsRead >= numbers.count) return path;
    const count = Math.min(rowsPerPart, numbers.count - rowsRead);
    const text = lines({ first: numbers.first + rowsRead, count });
    const breaks: boolean = !isBroken && rowsRead + count > breakAt;
    isBroken ||= breaks;
    await put(world, `${path}/rows?from=${rowsRead}`, breaks ? breakingOff(text) : text);
  }
};

const find = async (world: CohortWorld, path: string): Promise<Upload> => {
  const response = await ask(world, path, { expected: [200] });
  return (await response.json()) as Upload;
};

/**
 * An upload that did not arrive completely (408 and 503: it timed out), or arrived too early (409),
 * is continued.
 */
const put = async (
  world: CohortWorld,
  path: string,
  body: string | ReadableStream,
): Promise<void> => {
  const request = {
    ...{ method: 'PUT', expected: [200, 408, 409, 503], body },
    headers: { 'content-type': 'text/csv' },
    ...(typeof body !== 'string' && { duplex: 'half' as const }),
  };
  await ask(world, path, request).catch((error: unknown) => {
    if (error instanceof VoidRound || typeof body === 'string') throw error;
  });
};

/** Half of a text, and then the connection is closed. */
const breakingOff = (text: string): ReadableStream => {
  const half = new TextEncoder().encode(text.slice(0, text.length / 2));
  const pieces = Array.from({ length: 16 }, (_, index) =>
    half.subarray((index * half.length) / 16, ((index + 1) * half.length) / 16),
  ).values();
  return new ReadableStream({
    pull: (controller) => {
      const { value, done } = pieces.next();
      if (done) controller.error(new Error('the connection broke'));
      else controller.enqueue(value);
    },
  });
};

/** Applies an upload; resolves once it is written. @throws VoidRound when rows are missing. */
export const apply = async (world: CohortWorld, path: string, size: number): Promise<void> => {
  await ask(world, `${path}:apply`, { method: 'POST', expected: [202] });
  for (;;) {
    const { status, size: found } = await find(world, path);
    if (status === 'APPLIED' && found === size) return;
    if (status !== 'READY') throw new VoidRound(`an upload is ${status} with ${found} members`);
    await sleep(100);
  }
};

/**
 * Recomputes the computed cohort, which is due from now on, and waits until the change takes
 * effect.
 */
export const recompute = async ({ sql }: CohortWorld, cohortId: string): Promise<void> => {
  const [{ version }] = await sql<[{ version: number }]>`
    update cohorts set due_at = now() - interval '1 day' where cohort_id = ${cohortId} returning version`;
  for (;;) {
    const [row] =
      await sql`select from cohorts where cohort_id = ${cohortId} and version > ${version}`;
    if (row !== undefined) return;
    await sleep(100);
  }
};

/** Triggers recompute-cohort as its PingSource does, more often than once a minute. */
export const ticking = ({ recompute: { port } }: CohortWorld, everyMs: number) => {
  const ticks: Promise<unknown>[] = [];
  const tick = () => ticks.push(sendTick(port));
  const timer = setInterval(tick, everyMs);
  tick();
  return async (): Promise<void> => {
    clearInterval(timer);
    await Promise.all(ticks);
  };
};

let ticks = 0;

/** Resolves at the end of the run that the tick starts; at once if one is in progress. */
const sendTick = async (port: number): Promise<void> => {
  ticks += 1;
  const response = await fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-type': 'dev.knative.sources.ping',
      'ce-source': '/apis/v1/namespaces/guerdon/pingsources/cohort-tick',
      'ce-id': `tick-${ticks}`,
    },
    body: '{}',
  });
  await response.text();
  // A run that takes longer than a request continues after its answer.
  if (![204, 503].includes(response.status))
    throw new VoidRound(`a tick was answered ${response.status}`);
};

/**
 * Ends the windows of the large cohorts, as the instant of a change does, and waits until the next
 * tick has built their bitmaps.
 */
export const rebuildBitmaps = async ({ redis }: CohortWorld): Promise<void> => {
  const bitmaps = cohortBitmaps(redis);
  const large = [cohortNames.uploaded, cohortNames.computed];
  await bitmaps.drop(tenantId, large);
  for (;;) {
    const pointers = await bitmaps.pointers(tenantId);
    if (large.every((cohort) => pointers.has(cohort))) return;
    await sleep(100);
  }
};
