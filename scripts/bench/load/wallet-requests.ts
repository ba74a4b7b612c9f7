import { seededRandom, zipf } from '../../orders/random.ts';
import { customerIdOf } from '../rows/ranks/rank-customers.ts';

/**
 * The customers whose wallets are used. The same parameters always give the same customers, so that
 * a check can generate them again.
 */
export type WalletStream = Readonly<{ seed: number; requests: number; customers: number }>;

type Options = WalletStream & Readonly<{ ask: 'read' | 'redeem'; token: string }>;

/**
 * The customers of a stream by number, in the order of requests: a few of them often, most of them
 * rarely (Zipf).
 */
export const requestedCustomers = ({ seed, requests, customers }: WalletStream): number[] =>
  Array.from({ length: requests }, zipf(customers, seededRandom(seed)));

/** The path of a customer's wallet. */
export const walletPathOf = (customer: number): string =>
  `/api/v1/tenants/default/customers/${customerIdOf(customer)}/wallets/points`;

/** Makes the requests of an app: to show a balance, or to spend a point at once under a new key. */
export const makeRequests = ({ ask, token, ...stream }: Options): Buffer[] => {
  const common = `host: wallet-api\r\nauthorization: Bearer ${token}\r\n`;
  const read = (customer: number) => `GET ${walletPathOf(customer)} HTTP/1.1\r\n${common}\r\n`;
  const redeem = (customer: number, number: number) => {
    const head = [
      `POST ${walletPathOf(customer)}/redemptions HTTP/1.1`,
      `${common}idempotency-key: ${stream.seed}-${number}`,
      'content-type: application/json',
      `content-length: ${redemption.length}`,
    ];
    return `${head.join('\r\n')}\r\n\r\n${redemption}`;
  };
  const request = { read, redeem }[ask];
  return requestedCustomers(stream).map((customer, number) =>
    Buffer.from(request(customer, number)),
  );
};

const redemption = '{"points":1,"commit":true}';
