import type { z } from 'zod';
import type { Contract } from '#shared/eventing/contract.ts';
import { type Fact, factOf, type Particulars } from '#shared/eventing/fact.ts';
import { currentCorrelation } from '../request-correlation.ts';

/** Builds an event as factOf does, with the correlation of the current HTTP request. */
export const requestFact = <Schema extends z.ZodType>(
  contract: Contract<Schema>,
  particulars: Omit<Particulars<Schema>, 'correlation'>,
): Fact => factOf(contract, { ...particulars, correlation: currentCorrelation() });
