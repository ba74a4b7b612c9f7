import { randomUUID } from 'node:crypto';
import { assert } from '#shared/domain/assert.ts';
import { InvalidEvent } from '#shared/domain/errors.ts';
import type { CloudEvent } from '#shared/eventing/cloud-event.ts';
import type { Contract } from '#shared/eventing/contract.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import {
  type Delivery,
  type EventHandler,
  type Outcome,
  parseData,
} from '#shared/runtime/events/event-handler.ts';

/** An event as handlers receive it. @throws InvalidEvent when its data does not fit. */
export const deliveryOf = (
  contract: Contract,
  data: unknown,
  fields: Partial<CloudEvent> = {},
): Delivery<unknown> =>
  parseData(contract, {
    ...{ id: randomUUID(), source: '/test', type: contract.type, extensions: {}, data },
    ...fields,
  });

/** The handler of a contract. */
export const handlerOf = (
  handlers: readonly EventHandler[],
  { type }: Pick<Contract, 'type'>,
): EventHandler => {
  const handler = handlers.find(({ contract }) => contract.type === type);
  assert(handler, `a handler takes ${type}`);
  return handler;
};

/**
 * Delivers events in one batch and marks the events that they caused as published, as the host
 * does. Handlers of one event refuse by throwing; here a refusal is an outcome.
 */
export const deliver = async (
  handlers: readonly EventHandler[],
  contract: Pick<Contract, 'type'>,
  data: readonly unknown[],
): Promise<readonly Outcome[]> => {
  const handler = handlerOf(handlers, contract);
  const deliveries = data.map((each) => deliveryOf(handler.contract, each));
  const outcomes = await handler.handle(deliveries).catch(refusal);
  await handler.published?.(outcomes.flatMap(eventsOf));
  return outcomes;
};

const refusal = (error: unknown): readonly Outcome[] => {
  if (error instanceof InvalidEvent) return [error];
  throw error;
};

/**
 * Delivers an event, such as a tick, as the host does; returns the events that it caused.
 * @throws Error with the reason why it was refused or must be delivered again.
 */
export const deliverOne = async (
  handlers: readonly EventHandler[],
  contract: Contract,
  data: unknown = {},
): Promise<readonly DomainEvent[]> => {
  const [outcome] = await handlerOf(handlers, contract).handle([deliveryOf(contract, data)]);
  if (outcome instanceof Error) throw outcome;
  return eventsOf(outcome);
};

/** The code of each refusal, and `done` of everything else. */
export const codesOf = (outcomes: readonly Outcome[]): readonly string[] =>
  outcomes.map((outcome) => ('code' in outcome ? outcome.code : 'done'));

/** The events of an outcome; none of a refusal. */
export const eventsOf = (outcome: Outcome | undefined): readonly DomainEvent[] =>
  outcome === undefined || outcome instanceof Error ? [] : outcome.domainEvents;
