import {
  type ChangeFile,
  changeFileOf,
  changesFolder,
} from '#shared/domain/analytics/change-file.ts';
import type { FileStore } from '../files/file-store.ts';
import { forgottenFolder } from './change-source.ts';

/** The files of changes, as one listing of the store finds them. */
export const listChanges = async (files: FileStore): Promise<readonly ChangeFile[]> =>
  (await files.list(changesFolder)).flatMap((file) => changeFileOf(file) ?? []);

/** The names of the marks of forgotten users. */
export const listForgotten = async (files: FileStore): Promise<readonly string[]> =>
  (await files.list(forgottenFolder)).map(({ name }) => name);
