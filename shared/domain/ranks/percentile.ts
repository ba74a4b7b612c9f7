/**
 * The share of a board's customers who have fewer points, as 0 to 100 with two decimals, rounded
 * down: nobody is better than everybody, so 100 is never reached. Customers with equal points have
 * the same percentile under every tie policy.
 */
export const percentile = (behind: number, customers: number): number =>
  Math.floor((behind * 10_000) / customers) / 100;
