import type { LocalKnative } from '#scripts/knative/local-knative.ts';
import { startKnative } from '#scripts/knative/start-knative.ts';
import { tokenClaims } from '#scripts/platform/issue-token.ts';
import type { Bench } from '../../core/row.ts';

const overlay = new URL('../../../../infra/knative/overlays/local', import.meta.url).pathname;

/** Signs the tokens of clients of the platform. */
export const pipelineSecret = 'a secret of the benchmark alone, and of one run';

type Pipeline = Readonly<{
  /** The folder of bundles. */
  bundles: string;
  /** The only functions to run, where others would take processor time from what is measured. */
  services?: readonly string[];
}>;

/** Runs the platform while it is used. */
export const withPipeline = async <Result>(
  bench: Bench,
  pipeline: Pipeline,
  use: (knative: LocalKnative) => Promise<Result>,
): Promise<Result> => {
  const knative = await startKnative({
    ...pipeline,
    manifests: overlay,
    brokers: bench.urlOf('kafka').split(','),
    logDirectory: `${bench.directory}/logs`,
    values: {
      DATABASE_URL: bench.urlOf('postgres'),
      REDIS_URL: bench.urlOf('redis'),
      KAFKA_BROKERS: bench.urlOf('kafka'),
      AUTH_JWT_SECRET: pipelineSecret,
      ...tokenClaims,
    },
  });
  try {
    return await use(knative);
  } finally {
    await knative.stop();
  }
};

/** Samples how many records of a source wait. */
export const watchLag = (knative: LocalKnative, source: string) => {
  let lagMax = 0;
  const timer = setInterval(() => {
    void knative.statistics().then((statistics) => {
      lagMax = Math.max(lagMax, statistics[source]?.lag ?? 0);
    });
  }, 500);
  return {
    stop: () => {
      clearInterval(timer);
      return lagMax;
    },
  };
};
