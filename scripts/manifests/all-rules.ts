import type { Rule } from './rule.ts';
import { autoscalingRules } from './rules/autoscaling.ts';
import { bindingRules } from './rules/bindings.ts';
import { deliveryRules } from './rules/deliveries.ts';
import { environmentRules } from './rules/environment.ts';
import { layoutRules } from './rules/layout.ts';
import { serviceRules } from './rules/services.ts';
import { sourceRules } from './rules/sources.ts';
import { topicRules } from './rules/topics.ts';
import { triggerRules } from './rules/triggers.ts';

/** Every rule the manifests are held to, beyond what the CRDs say. */
export const allRules: readonly Rule[] = [
  ...deliveryRules,
  ...sourceRules,
  ...triggerRules,
  ...topicRules,
  ...serviceRules,
  ...autoscalingRules,
  ...environmentRules,
  ...bindingRules,
  ...layoutRules,
];
