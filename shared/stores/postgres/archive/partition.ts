/** The records of a table from one instant until before another, mostly a month. */
export type Partition = Readonly<{
  table: string;
  partition: string;
  /** In ISO 8601; null where it has everything before `endsAt`. */
  startsAt: string | null;
  endsAt: string;
}>;
