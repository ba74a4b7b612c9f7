import { type DestinationStream, type Logger, pino } from 'pino';
import { z } from 'zod';
import { readConfig } from './config.ts';
import { shownError } from './shown-error.ts';

export type { Logger } from 'pino';

const shape = { LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info') };

/**
 * JSON lines on stdout; every line names the function, and a child adds the correlation id of what
 * it handles. Errors are shown without the data that they are about.
 */
export const createLogger = (name: string, destination?: DestinationStream): Logger =>
  pino(
    {
      name,
      level: readConfig(shape).LOG_LEVEL,
      base: { function: name },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: shownError },
    },
    destination,
  );
