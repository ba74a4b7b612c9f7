import { type Logger, pino } from 'pino';
import { afterAll } from 'vitest';
import { blockingKeys } from '#shared/domain/matching/blocking-keys.ts';
import type { CustomerChange } from '#shared/domain/matching/customer-change.ts';
import { defaultModel } from '#shared/domain/matching/models/matching-model.ts';
import type { Source } from '#shared/domain/matching/profile.ts';
import type { RecordDetails } from '#shared/domain/matching/record-details.ts';
import { customerEvent } from '#shared/eventing/customer-event.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import type { Publisher } from '#shared/eventing/publisher.ts';
import { profileOf } from '#shared/matching/profile-of.ts';
import { customerHashes } from '#shared/runtime/customer-hashes.ts';
import type { Clock } from '#shared/runtime/host.ts';
import type { AnyRoute } from '#shared/runtime/http/route.ts';
import { type SecretBox, secretBox } from '#shared/runtime/secret-box.ts';
import { recordCustomers } from '#shared/stores/postgres/customers/record-customers.ts';
import { connectPostgres, type Sql } from '#shared/stores/postgres/driver/connect.ts';
import { accessAudit } from '#shared/stores/postgres/journal/access-audit.ts';
import { idempotentRequests } from '#shared/stores/postgres/journal/idempotent-requests.ts';
import type { RedisConnection } from '#shared/stores/redis/driver/connect.ts';
import { apiClient } from '../api-client.ts';
import { recordingPublisher } from '../recording-publisher.ts';
import { testDatabase, testRedisClient } from '../servers/servers.ts';
import { testWallets } from './wallets.ts';

/** Builds the routes of identity-api from clients and a clock. */
type Compose = (
  clients: Readonly<{
    sql: Sql;
    redis: RedisConnection;
    publisher: Publisher;
    log: Logger;
    clock: Clock;
    masterKeys: SecretBox;
    hashes: ReturnType<typeof customerHashes>;
    region: 'IN';
  }>,
) => readonly AnyRoute[];

/** What a source knows of a person; a test names only what it is about. */
export type TestRecord = Readonly<{
  source: Source;
  recordId: string;
  accountId?: string;
  given: RecordDetails;
  changedAt?: Date;
}>;

const scopes =
  'customer:read customer:review customer:decide customer:merge privacy:read privacy:erase';

/**
 * identity-api on a database and a Redis of the test file, for the tenant acme and its user ann,
 * who may do everything except see personal data unmasked.
 */
export const identityWorld = async (compose: Compose) => {
  const { url } = await testDatabase();
  const sql = connectPostgres({ url, max: 8 });
  const redis = await testRedisClient();
  afterAll(() => sql.end());
  await sql`
    insert into tenants (tenant_id, name, currency, time_zone) values
      ('acme', 'Acme', 'INR', 'Asia/Kolkata'), ('other', 'Other', 'INR', 'UTC')`;
  await sql`
    insert into programs (tenant_id, program, name, unit) values
      ('acme', 'points', 'Points', 'POINTS'), ('acme', 'cashback', 'Cashback', 'INR')`;
  await sql`insert into boards (tenant_id, board) values ('acme', 'main')`;
  const publisher = recordingPublisher(() => undefined);
  // The second is the next one: pods know it before keys are wrapped with it.
  const masterKeys = secretBox([
    { id: 'test', bytes: Buffer.alloc(32, 7) },
    { id: 'next', bytes: Buffer.alloc(32, 9) },
  ]);
  const hashes = customerHashes([{ id: 'test', bytes: Buffer.alloc(32, 8) }]);
  const world = { now: new Date() };
  const parts = { sql, redis, publisher, masterKeys, hashes, region: 'IN' as const };
  const routes = compose({
    ...parts,
    log: pino({ level: 'silent' }),
    clock: () => world.now,
  });
  const store = recordCustomers<DomainEvent>(sql, {
    masterKeys,
    nameAndPhoneHash: hashes.nameAndPhone,
    indexKeyIds: hashes.keyIds,
    blockRecordsMax: 500,
  });
  const terms = {
    matching: { model: defaultModel },
    domainEventOf: (change: CustomerChange) => customerEvent(change, world.now),
  };
  const toRecord = ({ source, recordId, accountId, given, changedAt }: TestRecord) => {
    const profile = profileOf({ recordId, source, ...given, address: undefined }, 'IN');
    const hashed = {
      content: hashes.content('acme', JSON.stringify([source, recordId, accountId, given])),
      blockKeys: blockingKeys(profile).map((key) => hashes.blockKey('acme', key)),
    };
    return {
      ...{ tenantId: 'acme', source, recordId, accountId, ...hashed, hashedBy: () => hashed },
      changedAt: changedAt ?? new Date('2026-11-01T00:00:00Z'),
      details: { given, profile },
    };
  };
  let persons = 0;
  return {
    ...apiClient(
      { routes, idempotency: idempotentRequests(sql), onRefused: accessAudit(sql) },
      `acme ann ${scopes}`,
    ),
    ...testWallets(sql),
    /** A caller who may see personal data unmasked. */
    officer: `acme officer ${scopes} customer:personal`,
    routes,
    url,
    sql,
    redis,
    masterKeys,
    world,
    published: publisher.published,
    base: '/api/v1/tenants/acme',
    /** Records what sources deliver, as match-customer does. */
    deliver: (...records: readonly TestRecord[]) =>
      store.record('acme', records.map(toRecord), terms),
    /** Records a person in both sources, with an account in each source for which one is named. */
    person: async (accounts: Readonly<{ dotnet?: string; store?: string }> = {}) => {
      persons += 1;
      const name = `Person${letters(persons)} Of${letters(persons * 7)}`;
      const phone = `+9198450${String(10_000 + persons)}`;
      const email = `person.${persons}@mail.acme.in`;
      const recordId = `r-${persons}`;
      const account = (accountId: string | undefined) =>
        accountId === undefined ? {} : { accountId };
      const one = { recordId, given: { name, phone, email }, ...account(accounts.dotnet) };
      const other = { recordId, given: { name, phone }, ...account(accounts.store) };
      // One after the other: the record of the online shop names the customer.
      await store.record('acme', [toRecord({ source: 'dotnet', ...one })], terms);
      const stored = toRecord({ source: 'store', ...other });
      const { changes } = await store.record('acme', [stored], terms);
      return { customerId: changes[0]?.customerId ?? 0, name, phone, email, recordId };
    },
  };
};

/** A number written in letters, so that names differ by more than a digit. */
const letters = (number: number): string =>
  String(number * 7_919).replaceAll(/\d/g, (digit) => `${'bcdfghjklm'[Number(digit)] ?? ''}a`);
