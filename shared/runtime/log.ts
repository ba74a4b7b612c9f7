import { type Logger, pino } from 'pino';
import { z } from 'zod';
import { readConfig } from './config.ts';

export type { Logger } from 'pino';

const shape = { LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info') };

/**
 * JSON lines on stdout; every line names the function, and a child adds the correlation id of what
 * it handles.
 */
export const createLogger = (name: string): Logger =>
  pino({
    name,
    level: readConfig(shape).LOG_LEVEL,
    base: { function: name },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
