import { seededRandom } from '../../orders/random.ts';
import { customerIdOf } from '../rows/ranks/rank-customers.ts';

type Options = Readonly<{ seed: number; requests: number; customers: number; token: string }>;

/** The largest page that leaderboard-api gives. */
const pageMax = 1_000;

/**
 * Makes the requests of readers: five in ten look up any customer; three in ten read a page of any
 * size (small ones more often), from the top or from anywhere; and two in ten read the same top 10.
 */
export const makeRequests = ({ seed, requests, customers, token }: Options): Buffer[] => {
  const random = seededRandom(seed);
  const anyCustomer = () => customerIdOf(Math.floor(random() * customers));
  const anySize = () => Math.floor(pageMax ** random());
  const anyPlace = () => {
    const points = Math.floor(Math.exp(random() * 12));
    return Buffer.from(JSON.stringify([points, anyCustomer()])).toString('base64url');
  };
  const anyPath = (): string => {
    const kind = random();
    if (kind < 0.5) return `/customer-info?id=${anyCustomer()}`;
    if (kind < 0.65) return `/top-customers?N=${anySize()}`;
    if (kind >= 0.8) return '/top-customers?N=10';
    return `/api/v1/tenants/default/boards/main/customers?limit=${anySize()}&cursor=${anyPlace()}`;
  };
  return Array.from({ length: requests }, () =>
    Buffer.from(
      `GET ${anyPath()} HTTP/1.1\r\nhost: leaderboard-api\r\nauthorization: Bearer ${token}\r\n\r\n`,
    ),
  );
};
