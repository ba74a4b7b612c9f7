import type { z } from 'zod';
import type { Contract } from '#shared/eventing/contract.ts';
import {
  type DomainEvent,
  domainEventOf,
  type Particulars,
} from '#shared/eventing/domain-event.ts';
import { currentCorrelation } from '../request-correlation.ts';

/** Builds an event as factOf does, with the correlation of the current HTTP request. */
export const requestEvent = <Schema extends z.ZodType>(
  contract: Contract<Schema>,
  particulars: Omit<Particulars<Schema>, 'correlation'>,
): DomainEvent => domainEventOf(contract, { ...particulars, correlation: currentCorrelation() });
