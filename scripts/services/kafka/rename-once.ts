import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';

/**
 * Gives a finished folder its name; if another run was first, its folder is used and ours is
 * removed.
 */
export const renameOnce = async (unfinished: string, directory: string): Promise<void> => {
  await rename(unfinished, directory).catch(async (error: unknown) => {
    await rm(unfinished, { recursive: true });
    if (!existsSync(directory)) throw error;
  });
};
