import { Gauge } from 'prom-client';
import type { Erasures } from '#shared/stores/postgres/privacy/erasures.ts';
import type { Person } from '#shared/stores/postgres/privacy/person.ts';

const openErasures = new Gauge({
  name: 'guerdon_erasures_open',
  help: 'Erasures of personal data not yet completed at the end of the last run',
});

type Dependencies = Readonly<{
  erasures: Pick<Erasures, 'open'>;
  /** Erases the remaining data of a person; true once the erasure is completed. */
  completeErasure: (person: Person) => Promise<boolean>;
  isOver: () => boolean;
}>;

/** Erasures that a run looks at, those that wait longest. */
const erasuresMax = 1_000;

/**
 * Continues the erasures that are not completed, also those that a pod began and did not finish,
 * and completes each once no record in flight can write any more. One that fails does not keep the
 * others from being completed.
 * @throws what the first one that failed threw
 */
export const completeErasures = async ({
  erasures,
  completeErasure,
  isOver,
}: Dependencies): Promise<void> => {
  const failures: unknown[] = [];
  const open = await erasures.open(erasuresMax);
  openErasures.set(open.length);
  for (const person of open) {
    if (isOver()) break;
    await completeErasure(person).then(
      (isCompleted) => isCompleted && openErasures.dec(),
      (error: unknown) => failures.push(error),
    );
  }
  if (failures.length > 0) throw failures[0];
};
