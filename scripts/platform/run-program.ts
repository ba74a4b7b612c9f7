import type { Command } from 'commander';
import { explainFailure } from './explain-failure.ts';

/** Runs a command of an operator; a failure is one sentence, and the exit code 1. */
export const runProgram = async (program: Command): Promise<void> => {
  try {
    await program.parseAsync();
  } catch (error) {
    console.error(explainFailure(error));
    process.exitCode = 1;
  }
};
