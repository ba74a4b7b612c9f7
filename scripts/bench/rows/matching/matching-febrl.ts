import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { linkFebrl4, readFebrl4 } from '#scripts/matching/febrl.ts';
import { type Bound, type Figure, toFigure } from '../../core/figure.ts';
import type { Bench } from '../../core/row.ts';

const script = resolve(import.meta.dirname, '../../../matching/splink-febrl4.py');

type Quality = Readonly<{ precision: number; recall: number; f1: number }>;
type SplinkResult = Quality & Readonly<{ best: Quality }>;

/**
 * FEBRL4, compared with Splink in the same run. Without MATCHING_PYTHON, a Python with the packages
 * that the script names, it is skipped with a message.
 */
export const febrlFigures = async ({ directory, log }: Bench): Promise<readonly Figure[]> => {
  const python = process.env['MATCHING_PYTHON'];
  if (!python) {
    console.log(
      'skipped: FEBRL4 and Splink, because MATCHING_PYTHON names no python (docs/matching.md)',
    );
    return [];
  }
  log('Splink on FEBRL4');
  const { stdout } = await promisify(execFile)(python, [script, directory]);
  const splink = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as SplinkResult;
  log('FEBRL4');
  const own = linkFebrl4(await readFebrl4(directory));
  const figure = (of: keyof Quality, name: string, least: number): Figure => {
    const target: readonly Bound[] = [{ of: 'value', atLeast: least }];
    const baseline = { name: 'Splink', values: [100 * splink[of]] };
    const values = [100 * own[of]];
    return toFigure({
      row: 'matching',
      figure: `${name}, FEBRL4`,
      unit: '%',
      values,
      baseline,
      target,
    });
  };
  return [
    figure('precision', 'precision', 100 * splink.precision),
    figure('recall', 'recall', 99.5),
    figure('f1', 'F1', 100 * (splink.best.f1 - 0.001)),
  ];
};
