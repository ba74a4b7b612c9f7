import type { Correlation } from '#shared/domain/correlation.ts';
import type { SentFrame } from '#shared/domain/inbox/inbox-message.ts';

/** The cause of a frame as one line, stored with its text in Redis. */
export const causeLine = ({ cause = {} }: SentFrame): string => JSON.stringify(cause);

/** Reads a message of a channel: position, cause and text, each on a line. */
export const publishedFrame = (message: string): SentFrame => {
  const first = message.indexOf('\n');
  const second = message.indexOf('\n', first + 1);
  return {
    position: Number(message.slice(0, first)),
    text: message.slice(second + 1),
    cause: JSON.parse(message.slice(first + 1, second)) as Correlation,
  };
};
