import { autoscalingBreakages } from './autoscaling.ts';
import { bindingBreakages } from './bindings.ts';
import type { Breakage } from './breakage.ts';
import { changeCaptureBreakages } from './change-capture.ts';
import { deliveryBreakages } from './deliveries.ts';
import { environmentBreakages } from './environment.ts';
import { layoutBreakages } from './layout.ts';
import { routeBreakages } from './routes.ts';
import { serviceBreakages } from './services.ts';
import { topicBreakages } from './topics.ts';

/** A breakage for every message of every rule. */
export const allBreakages: readonly Breakage[] = [
  ...deliveryBreakages,
  ...routeBreakages,
  ...topicBreakages,
  ...changeCaptureBreakages,
  ...serviceBreakages,
  ...autoscalingBreakages,
  ...environmentBreakages,
  ...bindingBreakages,
  ...layoutBreakages,
];
