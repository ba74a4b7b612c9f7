/** A campaign heated up, or cooled. */
export type HeatChange = Readonly<{
  kind: 'heated' | 'cooled';
  tenantId: string;
  campaignId: string;
  /** The window in which it heated up, by number: one of each kind is all there is for it. */
  heatedIn: number;
  /** Its hits in the window that decided, by estimate. */
  hits: number;
  changedAt: Date;
}>;
