import type { z } from 'zod';
import type { Contract } from '#shared/eventing/contract.ts';
import {
  type DomainEvent,
  domainEventOf,
  type EventFields,
} from '#shared/eventing/domain-event.ts';
import { currentCorrelation } from '../../request-correlation.ts';

/** Builds an event as domainEventOf does, with the correlation of the current HTTP request. */
export const requestEvent = <Schema extends z.ZodType>(
  contract: Contract<Schema>,
  fields: Omit<EventFields<Schema>, 'correlation'>,
): DomainEvent => domainEventOf(contract, { ...fields, correlation: currentCorrelation() });
