import type { Correlation } from '../correlation.ts';

/** What changes the worth of orders: `order o-1` or `refund r-1`, and when and by which event it came. */
export type Occasion = Readonly<{
  name: string;
  cause: string;
  correlation: Correlation | undefined;
  occurredAt: Date;
}>;
