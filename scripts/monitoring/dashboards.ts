import { customers } from './customer-dashboard.ts';
import type { Dashboard } from './dashboard.ts';
import { graph, latency, rateOf, rates } from './panels.ts';

const points: Dashboard = {
  name: 'points',
  title: 'orders and points',
  panels: [
    rates('Orders by outcome', 'guerdon_awards_total', 'outcome'),
    rates('Refunds by outcome', 'guerdon_refunds_total', 'outcome'),
    graph(
      'Points expired, and tiers changed by date',
      'ops',
      ['sum(rate(guerdon_points_expired_total[5m]))', 'points expired'],
      ['sum(rate(guerdon_tier_changes_by_date_total[5m]))', 'tiers changed'],
    ),
    graph('Lots that should have closed by now', 's', [
      'max by (event) (max_over_time(guerdon_oldest_overdue_lot_seconds[15m]))',
      '{{event}}',
    ]),
    rates('Writes of balances', 'guerdon_balance_writes_total', 'outcome'),
    rates('Reads of balances', 'guerdon_balance_reads_total', 'cache'),
    rates('Cached balances that differed from Postgres', 'guerdon_cache_drift_total', 'kind'),
    rates('Snapshots of boards', 'guerdon_rank_rounds_total', 'outcome'),
    graph('Findings of the audit', 'short', [
      'max by (check) (max_over_time(guerdon_audit_wrong[10m]))',
      '{{check}}',
    ]),
    graph('Orders that the audit found correct', 'percentunit', [
      'min(min_over_time(guerdon_calc_accuracy[1h]))',
      'correct',
    ]),
  ],
};

const campaigns: Dashboard = {
  name: 'campaigns',
  title: 'campaigns and limits',
  panels: [
    rates('Actions by outcome', 'guerdon_action_events_total', 'outcome'),
    rates('Decisions of campaigns', 'guerdon_campaign_decisions_total', 'outcome'),
    rates('Incentives by outcome and type', 'guerdon_incentives_total', 'outcome', 'type'),
    rates('Refusals by cap', 'guerdon_incentive_refusals_total', 'scope', 'period'),
    rates('Incentives by hint of the counters', 'guerdon_limit_hints_total', 'hint'),
    latency('From a change to its counters', 'guerdon_limit_projection_seconds'),
    graph('Share of hits of hot campaigns', 'percentunit', [
      'sum(rate(guerdon_campaign_hits_total{heat="hot"}[10m])) / sum(rate(guerdon_campaign_hits_total{heat=~"hot|cold"}[10m]))',
      'hot',
    ]),
    graph('Cold campaigns that count as hot', 'percentunit', [
      'sum(increase(guerdon_sketch_samples_total{outcome="false-positive"}[1d])) / sum(increase(guerdon_sketch_samples_total{outcome!="hot"}[1d]))',
      'false positives',
    ]),
    graph(
      'Clauses that failed, hits not counted',
      'ops',
      ['sum(rate(guerdon_clause_failures_total[5m]))', 'clauses failed'],
      ['sum(rate(guerdon_campaign_hits_total{heat="uncounted"}[5m]))', 'hits not counted'],
    ),
    latency('From an action to a membership', 'guerdon_cohort_membership_lag_seconds'),
    latency('Recomputing a cohort', 'guerdon_cohort_recompute_seconds'),
    rates('Lookups of cohorts', 'guerdon_cohort_answers_total', 'by'),
    graph('Cohorts that should have been recomputed by now', 's', [
      'max(max_over_time(guerdon_cohort_overdue_seconds[15m]))',
      'most overdue',
    ]),
  ],
};

const delivery: Dashboard = {
  name: 'delivery',
  title: 'push and webhooks',
  panels: [
    latency('From an action to its message', 'guerdon_push_seconds'),
    latency('From an action to the frame', 'guerdon_frame_seconds'),
    rates('Messages in inboxes', 'guerdon_inbox_messages_total', 'outcome'),
    rates('Notifications to phones', 'guerdon_mobile_pushes_total', 'outcome'),
    graph('Open connections', 'short', [
      'sum by (pod, transport) (guerdon_connections)',
      '{{pod}} {{transport}}',
    ]),
    graph(
      'Connections refused and closed',
      'ops',
      rateOf('guerdon_connections_refused_total', 'reason'),
      rateOf('guerdon_connections_closed_total', 'code'),
    ),
    graph(
      'Frames sent, and replays',
      'ops',
      rateOf('guerdon_frames_sent_total', 'source'),
      rateOf('guerdon_replays_total', 'reason'),
    ),
    rates('Attempts to deliver webhooks', 'guerdon_webhook_attempts_total', 'outcome'),
    latency('Response times of endpoints', 'guerdon_webhook_attempt_seconds'),
    graph('Deliveries that should have been sent by now', 's', [
      'max(max_over_time(guerdon_oldest_due_webhook_delivery_seconds[10m]))',
      'oldest',
    ]),
    graph('Failing webhooks', 'short', [
      'max(max_over_time(guerdon_webhooks_failing[10m]))',
      'failing',
    ]),
  ],
};

const platform: Dashboard = {
  name: 'platform',
  title: 'platform',
  panels: [
    rates('Requests by status', 'guerdon_requests_total', 'job', 'status'),
    latency('Duration of requests', 'guerdon_request_duration_seconds', 'job'),
    rates('Problems by code', 'guerdon_problems_total', 'job', 'code'),
    rates('Records received by topic', 'guerdon_partition_events_total', 'topic'),
    graph(
      'Redeliveries: recorded before',
      'ops',
      ['sum(rate(guerdon_awards_total{outcome="replayed"}[5m]))', 'orders'],
      ['sum(rate(guerdon_action_events_total{outcome="replayed"}[5m]))', 'actions'],
      ['sum(rate(guerdon_incentives_total{outcome="replayed"}[5m]))', 'incentives'],
    ),
    rates('Dead letters stored', 'guerdon_dead_letters_stored_total', 'origin', 'reason'),
    rates('Dead letters resent', 'guerdon_dead_letters_resent_total', 'topic'),
    graph(
      'Lag of due work',
      's',
      ['max by (pace) (guerdon_oldest_due_dead_letter_seconds)', 'dead letters, {{pace}}'],
      ['max(max_over_time(guerdon_analytics_lag_seconds[10m]))', 'analytics'],
      ['max by (slot) (guerdon_cdc_slot_silent_seconds)', 'capture, {{slot}}'],
    ),
    graph(
      'Unpublished events',
      'short',
      ['max(max_over_time(guerdon_outbox_overdue[10m]))', 'events'],
      ['max(max_over_time(guerdon_incentives_unpublished[10m]))', 'incentives'],
      ['max(max_over_time(guerdon_outbox_refused[10m]))', 'refused by Kafka'],
    ),
    rates('Events published', 'guerdon_events_published_total', 'type'),
    graph('Records without an effect', 'short', [
      'max by (topic) (max_over_time(guerdon_topic_records_missing[10m]))',
      '{{topic}}',
    ]),
    graph('Pods without Redis', 'short', [
      'sum by (job) (1 - guerdon_redis_circuit_state{state="closed"})',
      '{{job}}',
    ]),
    graph('Load of the busiest tenants', 'short', [
      'topk(5, sum by (job, tenant) (guerdon_tenant_events_last_minute{tenant!=""}))',
      '{{job}} {{tenant}}',
    ]),
  ],
};

/** All dashboards. */
export const dashboards: readonly Dashboard[] = [points, campaigns, delivery, customers, platform];
