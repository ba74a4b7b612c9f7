import { connect } from 'node:net';
import postgres from 'postgres';
import { afterAll } from 'vitest';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';

/**
 * One connection that counts how often its client waits for Postgres: statements that are sent
 * together count once.
 */
export const countRoundTrips = (url: string): Readonly<{ sql: Sql; roundTrips: () => number }> => {
  let roundTrips = 0;
  let hasAnswer = true;
  const { hostname, port } = new URL(url);
  const observed = {
    socket: () => connect(Number(port), hostname).on('data', () => (hasAnswer = true)),
    debug: () => {
      if (hasAnswer) roundTrips += 1;
      hasAnswer = false;
    },
  };
  const types = { bigint: { to: 20, from: [20], serialize: String, parse: Number } };
  const transform = { column: { from: postgres.toCamel } };
  const sql = postgres(url, { max: 1, types, transform, ...observed });
  afterAll(() => sql.end());
  return { sql, roundTrips: () => roundTrips };
};
