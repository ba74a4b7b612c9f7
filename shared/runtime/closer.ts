/** Ends something a function holds: a pool, a producer, a subscription. */
export type Closer = () => Promise<unknown>;
