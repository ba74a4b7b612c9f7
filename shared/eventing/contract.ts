import type { z } from 'zod';

/**
 * The contract of one kind of event: the single definition of its type, its topic and its data.
 * `type` ends in its version; a breaking change is a new contract. Consumers ignore fields they do
 * not know.
 */
export type Contract<Schema extends z.ZodType = z.ZodType> = Readonly<{
  /** CloudEvents `type`, past tense and versioned. */
  type: string;
  /**
   * The Kafka topic that carries it. Plain JSON records on that topic are read under this contract
   * too.
   */
  topic: string;
  /** If a topic has several contracts, plain JSON records with this field belong to this one. */
  plainWith?: string;
  /** One sentence for people. */
  summary: string;
  schema: Schema;
  /** An instance as a producer writes it; a test parses it and the docs print it. */
  example: z.input<Schema>;
}>;

/** Declares a contract; exists so that the example is checked against the schema's type. */
export const defineContract = <Schema extends z.ZodType>(
  contract: Contract<Schema>,
): Contract<Schema> => contract;
