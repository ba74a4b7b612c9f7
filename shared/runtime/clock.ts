/** The one source of "now": functions take it as a dependency, so that tests choose the time. */
export type Clock = () => Date;

/** The machine's clock. */
export const systemClock: Clock = () => new Date();
