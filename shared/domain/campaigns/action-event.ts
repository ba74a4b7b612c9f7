/** What a user did, as evaluation sees it. */
export type ActionEvent = Readonly<{
  tenantId: string;
  eventId: string;
  userId: string;
  action: string;
  /** When the user did it. */
  occurredAt: Date;
  payload: Readonly<Record<string, unknown>>;
  /** Fields that the contract does not name, as they came. */
  extensions?: Readonly<Record<string, unknown>> | undefined;
  /** The version of the action's schema that the producer used. */
  schemaVersion?: number | undefined;
  /** CloudEvents source, a blank, id. */
  cause: string;
}>;
