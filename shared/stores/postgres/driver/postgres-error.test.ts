import postgres from 'postgres';
import { describe, expect, it } from 'vitest';
import { Unavailable } from '#shared/domain/errors.ts';
import { withPostgres } from './transaction.ts';

const coded = (code: string, more: object = {}) =>
  Object.assign(new Error('no'), { code, ...more });
const replied = (code: string) => Object.assign(new postgres.PostgresError('no'), { code });
const thrownFor = (error: unknown) =>
  withPostgres(() => Promise.reject(error as Error)).catch((thrown: unknown) => thrown);

describe('withPostgres', () => {
  it.each([
    'EAI_AGAIN',
    'EAI_FAIL',
    'ECONNABORTED',
    'ECONNREFUSED',
    'ECONNRESET',
    'EHOSTDOWN',
    'EHOSTUNREACH',
    'EMFILE',
    'ENETDOWN',
    'ENETRESET',
    'ENETUNREACH',
    'ENOBUFS',
    'ENOTFOUND',
    'EPIPE',
    'ETIMEDOUT',
  ])('takes %s of the operating system for an outage', async (code) => {
    expect(await thrownFor(coded(code, { errno: -1, syscall: 'connect' }))).toBeInstanceOf(
      Unavailable,
    );
  });

  it.each([
    'CONNECTION_CLOSED',
    'CONNECTION_DESTROYED',
    'CONNECTION_ENDED',
    'CONNECT_TIMEOUT',
    'CERT_HAS_EXPIRED',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    '57014',
  ])('takes %s of the driver or of TLS for an outage', async (code) => {
    expect(await thrownFor(coded(code))).toBeInstanceOf(Unavailable);
  });

  it('takes it for an outage when no address of a host answers', async () => {
    const refused = coded('ECONNREFUSED', { syscall: 'connect' });
    const error = Object.assign(new AggregateError([refused, refused]), { code: 'ECONNREFUSED' });
    expect(await thrownFor(error)).toBeInstanceOf(Unavailable);
  });

  it.each([
    '08006',
    '08P01',
    '25006',
    '25P03',
    '25P04',
    '28P01',
    '3D000',
    '40001',
    '40P01',
    '53100',
    '53300',
    '55P03',
    '57014',
    '57P01',
    '57P03',
    '58030',
  ])('takes SQLSTATE %s for an outage', async (code) => {
    expect(await thrownFor(replied(code))).toBeInstanceOf(Unavailable);
  });

  it.each([
    ['bad data', replied('22021')],
    ['a broken constraint', replied('23505')],
    ['a statement that is wrong', replied('42P01')],
    ['a bug of ours', new TypeError('x is undefined')],
    ['a value the driver does not take', coded('UNDEFINED_VALUE')],
  ])('lets %s pass as it is', async (_what, error) => {
    expect(await thrownFor(error)).toBe(error);
  });
});
