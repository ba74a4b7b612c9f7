import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidEvent, Unavailable } from '#shared/domain/errors.ts';
import type { Source } from '#shared/domain/matching/profile.ts';
import {
  DotnetRecordChanged,
  StoreRecordChanged,
} from '#shared/eventing/contracts/customer-records.ts';
import { type KafkaWriter, recordBytes } from '#shared/eventing/kafka/kafka-writer.ts';
import { plainRecord } from '#shared/eventing/kafka/plain-record.ts';
import type { Publisher } from '#shared/eventing/publisher.ts';
import {
  type Delivery,
  type EventHandler,
  isAccepted,
  type Outcome,
  outcomesOf,
  parseData,
} from '#shared/runtime/events/event-handler.ts';
import { publishOutcomes } from '#shared/runtime/events/publish-events.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Defaults for fields that rows do not contain. */
export type RowTerms = Readonly<{
  source: Source;
  /** Overrides that of the rows. */
  tenantId: string | undefined;
  /** When rows without `changedAt` were changed. */
  changedAt: Date;
}>;

/** Takes accepted rows and returns their outcomes, in order. */
type Sink = (deliveries: readonly Delivery<unknown>[]) => Promise<readonly Outcome[]>;

const contracts = { dotnet: DotnetRecordChanged, store: StoreRecordChanged };

/** Other usual names of columns. */
const aliases: Readonly<Record<string, string>> = {
  eMail: 'email',
  creditCardNumber: 'creditCard',
  pincode: 'postcode',
};

/** Without one of these, no row can be matched with another. */
const matchable = ['name', 'phone', 'email', 'creditCard', 'cardToken', 'documentId'];

/** The first error in the columns of a file; undefined if there is none. */
export const problemOfColumns = (columns: readonly string[]): string | undefined => {
  const fields = columns.map((column) => aliases[column] ?? column);
  const twice = fields.find((field, index) => fields.indexOf(field) !== index);
  if (twice !== undefined) return `Two columns are named ${twice}`;
  return fields.some((field) => matchable.includes(field))
    ? undefined
    : `The columns are ${fields.join(', ')}; at least one must be ${matchable.join(', ')}`;
};

/**
 * Passes rows of customers to a sink, as records that the topic of their source would deliver, and
 * returns for each why it was refused. A sink that is unavailable is tried again for a minute.
 * @throws Unavailable after that; repeating is safe
 */
export const customerRows =
  (terms: RowTerms, sink: Sink, waitsMs: readonly number[] = patience) =>
  async (rows: readonly Fields[]): Promise<readonly (string | undefined)[]> => {
    const parsed = rows.map((fields) => parse(fields, terms));
    const outcomes = await patiently(() => sink(parsed.filter(isAccepted)), waitsMs);
    return outcomesOf(parsed, outcomes).map((outcome) =>
      outcome instanceof Error ? outcome.message : undefined,
    );
  };

const parse = (
  fields: Fields,
  { source, tenantId, changedAt }: RowTerms,
): Delivery<unknown> | InvalidEvent => {
  const contract = contracts[source];
  const named = Object.entries(fields).map(([name, value]) => [aliases[name] ?? name, value]);
  const data: unknown = { ...Object.fromEntries(named), ...(tenantId && { tenantId }) };
  try {
    return parseData(contract, {
      ...{ id: '', source: `import#${contract.topic}`, type: plainRecord },
      ...{ time: changedAt.toISOString(), extensions: {}, data },
    });
  } catch (error) {
    if (error instanceof InvalidEvent) return error;
    throw error;
  }
};

const patience = [500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000];

const patiently = async (
  work: () => Promise<readonly Outcome[]>,
  [waitMs, ...waitsMs]: readonly number[],
): Promise<readonly Outcome[]> => {
  try {
    const outcomes = await work();
    const failure = outcomes.find((outcome) => outcome instanceof Unavailable);
    if (failure === undefined) return outcomes;
    throw failure;
  } catch (error) {
    if (!(error instanceof Unavailable) || waitMs === undefined) throw error;
    await sleep(waitMs);
    return patiently(work, waitsMs);
  }
};

/** Rows go through the handler of their source in this process, whose events are published. */
export const throughHandler = (
  handlers: readonly EventHandler[],
  { source, publisher }: Readonly<{ source: Source; publisher: Publisher }>,
): Sink => {
  const handler = handlers.find(({ contract }) => contract === contracts[source]);
  if (handler === undefined) throw new Error(`No handler takes records of ${source}`);
  return async (deliveries) => {
    const outcomes = await handler.handle(deliveries);
    return publishOutcomes(handler, publisher, { deliveries, outcomes });
  };
};

/** Rows are published as plain JSON to the topic of their source. */
export const throughKafka =
  (writer: Pick<KafkaWriter, 'write'>, { source }: Readonly<{ source: Source }>): Sink =>
  async (deliveries) => {
    const written = await writer.write(
      deliveries.map(({ event }) => {
        const data = event.data as Fields;
        const message = {
          key: keyOf(data),
          value: JSON.stringify({ changedAt: event.time, ...data }),
        };
        return { topic: contracts[source].topic, message, bytes: recordBytes(message) };
      }),
    );
    return written.map((error) => error ?? ({ kind: 'done', domainEvents: [] } as const));
  };

/** Versions of a record share a partition. */
const keyOf = ({ recordId, phone }: Fields): string =>
  JSON.stringify(recordId ?? phone ?? '').replaceAll('"', '');
