import type { Incentive } from './incentive.ts';

type Choice = Readonly<{ qualification: Readonly<{ incentiveId: string }> }>;

/**
 * The choices that are still to be tried, given the incentives that are recorded: those after the
 * refused ones. None where a choice was issued, whatever became of it since, or was taken back
 * before it came.
 */
export const openChoices = <Each extends Choice>(
  choices: readonly Each[],
  recorded: ReadonlyMap<string, Pick<Incentive, 'status'>>,
): readonly Each[] => {
  const statusOf = ({ qualification }: Choice) => recorded.get(qualification.incentiveId)?.status;
  const tried = choices.findIndex((choice) => statusOf(choice) !== 'REFUSED');
  const rest = tried === -1 ? [] : choices.slice(tried);
  const end = rest.findIndex((choice) => statusOf(choice) !== undefined);
  return end === -1 ? rest : rest.slice(0, end);
};
