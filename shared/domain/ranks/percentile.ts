/**
 * The share of a board's customers with fewer points, 0 to 100 with two decimals, rounded down; 100
 * is never reached. Customers with equal points have the same percentile under every tie policy.
 */
export const percentile = (behind: number, customers: number): number =>
  Math.floor((behind * 10_000) / customers) / 100;
