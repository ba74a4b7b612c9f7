import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { Contract } from '#shared/eventing/contract.ts';

/**
 * Sends an event to the Broker as any producer does.
 * @throws Error when the Broker does not accept it.
 */
export const sendToBroker = async <Schema extends z.ZodType>(
  brokerUrl: string,
  { type, source = '/guerdon/scripts' }: Contract<Schema> & Readonly<{ source?: string }>,
  data: z.input<Schema>,
): Promise<void> => {
  const answer = await fetch(brokerUrl, {
    method: 'POST',
    headers: {
      'ce-specversion': '1.0',
      'ce-id': randomUUID(),
      'ce-source': source,
      'ce-type': type,
      'content-type': 'application/json',
    },
    body: JSON.stringify(data),
  });
  if (answer.status !== 202)
    throw new Error(`The Broker answered ${answer.status}: ${await answer.text()}`);
};
