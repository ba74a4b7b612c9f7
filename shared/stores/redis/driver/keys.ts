import { mainProgram } from '#shared/domain/earning/program.ts';
import type { InboxUser } from '#shared/domain/inbox/inbox-message.ts';
import type { Board } from '#shared/domain/ranks/board.ts';
import type { SketchGeometry } from '#shared/domain/sketch/sketch-geometry.ts';

/** A board by its name. */
export type BoardName = Pick<Board, 'tenantId' | 'board'>;

/*
 * On a Redis Cluster a script may touch only keys of one hash slot, which {…} decides.
 * write-balances touches the balances of the main program and all boards of the tenant, so these
 * share the slot of {tenant}. Balances of another program share one of their own, and each counter
 * of a limit has its own: no script touches keys of two slots.
 *
 *   balance:{t}:points:<customer>   hash      points, pending, reserved, lifetime, version,
 *                                             reachedAt (ms)
 *   balance:{t:<program>}:<customer>  hash      the same of another program
 *   board:{t}:<board>:live          buffer    every customer, as of now
 *   board:{t}:<board>:a  :b         buffers   one is the published snapshot, the other the one
 *                                             before or being built
 *   board:{t}:<board>:pending       buffer    customers changed since the last round began
 *   board:{t}:<board>:taken         buffer    the changes that the running round took over
 *   board:{t}:<board>:last          buffer    the changes that the inactive buffer still lacks
 *   board:{t}:<board>:meta          hash      policy, active, snapshotId, takenAt, publishedAt,
 *                                             roundAt, runId, previous (the inactive buffer is the
 *                                             snapshot before), stale (it is no base)
 *   board:{t}:<board>:lease         string    token of the running round
 *
 * scripts/includes/buffers.lua explains buffers. Balances and counters expire, boards do not. Nor
 * do numbers of users, although no new generation finds those of a lost one: Redis evicts nothing
 * and loses the newest writes first, so it loses the pointers, which are older, only with them.
 *
 *   limit:t:<subject>               string    usage as Postgres committed it; subjects are tenant,
 *                                             user:<u>, campaign:<c> and campaign:<c>:user:<u>;
 *                                             counter-text.ts defines its text
 *
 *   cohort:{t}:current              hash      '' is the generation of numbers; per cohort
 *                                             <build> <from> <until> <builtAt> <size>, times in ms
 *   cohort:{t}:<generation>:next    string    the last number given to a user
 *   cohort:{t}:<generation>:numbers:<shard>   hash    user to number; user-shard.ts
 *   cohort:{t}:<generation>:bits:<build>      bitmap  a bit per number; 625 kB for 5 M users
 *
 *   inbox:{t:<user>}                stream    the newest messages of an inbox: entry <position>-0
 *                                             with text, the frame, and cause; and the sharded
 *                                             channel of the same name, on which each is published
 *                                             as position, cause and text, on a line each
 *
 *   sketch:{t}:<window>:<w>x<d>x16  string    counters of hits, 16 bits each, w in each of d rows;
 *                                             pods that differ in geometry do not mix their counts
 *   sketch:{t}:<window>:sample      hash      total, and exact hits of sampled campaigns
 *   hot:set:{t}                     zset      hot campaigns, and the window in which each heated up
 *   hot:changes:{t}                 hash      changes of the hot set that are not published yet
 *   agg:t:<campaign>:<rule>:<user>  string    a user's progress in a quest as JSON, or the lease of
 *                                             whoever loads it
 *   sketch:tenants                  zset      tenants with hits, and when they had the last (ms)
 */

/** A customer's cached balance of a program is this prefix and the customer id. */
export const balancePrefix = (tenantId: string, program: string): string =>
  program === mainProgram
    ? `balance:{${tenantId}}:${program}:`
    : `balance:{${tenantId}:${program}}:`;

/** Every key of a board begins with this and a colon. */
export const boardPrefix = ({ tenantId, board }: BoardName): string =>
  `board:{${tenantId}}:${board}`;

/** The channel on which a new snapshot is announced; the message is the board's prefix. */
export const snapshotChannel = 'rank-published';

/**
 * The channel on which a tenant's campaigns, actions or time zone are announced as changed; the
 * message is the tenant's id.
 */
export const campaignChannel = 'campaigns-changed';

/**
 * The channel on which a tenant's webhooks are announced as changed; the message is the tenant's
 * id.
 */
export const webhookChannel = 'webhooks-changed';

/** The counter of a subject of limits is this prefix and the subject. */
export const limitPrefix = (tenantId: string): string => `limit:${tenantId}:`;

/**
 * The stream of an inbox and its channel. A user id may contain braces: the first pair that counts
 * is ours.
 */
export const inboxKey = ({ tenantId, userId }: InboxUser): string =>
  `inbox:{${tenantId}:${userId}}`;

/** The sketch of a tenant's window: its geometry, and 16 bits for each counter. */
export const sketchKey = (
  tenantId: string,
  bucket: number,
  { width, depth }: SketchGeometry,
): string => `sketch:{${tenantId}}:${bucket}:${width}x${depth}x16`;

/** What is counted exactly of a tenant's window. */
export const sampleKey = (tenantId: string, bucket: number): string =>
  `sketch:{${tenantId}}:${bucket}:sample`;

/** The hot campaigns of a tenant. */
export const hotSetKey = (tenantId: string): string => `hot:set:{${tenantId}}`;

/** Changes of a tenant's hot set that are not published yet. */
export const hotChangesKey = (tenantId: string): string => `hot:changes:{${tenantId}}`;

/** The tenants whose campaigns had hits. */
export const activeTenantsKey = 'sketch:tenants';

/** A quest of a user. Progress by another rule, which has another key, is that of another quest. */
export type QuestName = Readonly<{
  tenantId: string;
  campaignId: string;
  userId: string;
  ruleKey: string;
}>;

/** A user's progress in a quest, in a slot of its own: a hot campaign's are on every node. */
export const progressKey = ({ tenantId, campaignId, userId, ruleKey }: QuestName): string =>
  `agg:${tenantId}:${campaignId}:${ruleKey}:${userId}`;

/** Every key of a tenant's cohorts begins with this. */
export const cohortPrefix = (tenantId: string): string => `cohort:{${tenantId}}:`;
