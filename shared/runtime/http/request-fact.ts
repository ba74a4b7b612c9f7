import type { z } from 'zod';
import type { Contract } from '#shared/eventing/contract.ts';
import { type Fact, factOf, type Particulars } from '#shared/eventing/fact.ts';
import { currentCorrelation } from '../request-correlation.ts';

/**
 * Builds a fact as factOf does, under the correlation of the HTTP request that is being handled.
 */
export const requestFact = <Schema extends z.ZodType>(
  contract: Contract<Schema>,
  particulars: Omit<Particulars<Schema>, 'correlation'>,
): Fact => factOf(contract, { ...particulars, correlation: currentCorrelation() });
