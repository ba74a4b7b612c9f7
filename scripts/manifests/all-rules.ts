import type { Rule } from './rule.ts';
import { autoscalingRules } from './rules/autoscaling.ts';
import { bindingRules } from './rules/bindings.ts';
import { changeCaptureRules } from './rules/change-capture.ts';
import { deliveryRules } from './rules/deliveries.ts';
import { environmentRules } from './rules/environment.ts';
import { layoutRules } from './rules/layout.ts';
import { serviceRules } from './rules/services.ts';
import { sourceRules } from './rules/sources.ts';
import { topicRules } from './rules/topics.ts';
import { triggerRules } from './rules/triggers.ts';

/** Every rule for the manifests: the cluster accepts them, and they fit together. */
export const allRules: readonly Rule[] = [
  { name: 'the cluster accepts every manifest', check: ({ refusals }) => refusals },
  ...deliveryRules,
  ...sourceRules,
  ...triggerRules,
  ...topicRules,
  ...changeCaptureRules,
  ...serviceRules,
  ...autoscalingRules,
  ...environmentRules,
  ...bindingRules,
  ...layoutRules,
];
