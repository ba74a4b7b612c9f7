import type { Row } from './core/row.ts';
import { analyticsRow } from './rows/analytics.ts';
import { auditRow } from './rows/audit.ts';
import { awardPointsRow } from './rows/award-points.ts';
import { awardPointsKafkaRow } from './rows/award-points-kafka.ts';
import { askingCampaignsRow } from './rows/campaigns/asking-campaigns.ts';
import { campaignsRow } from './rows/campaigns.ts';
import { cohortsRow } from './rows/cohorts.ts';
import { footprintRow } from './rows/footprint.ts';
import { hostRow } from './rows/host.ts';
import { leaderboardRow } from './rows/leaderboard.ts';
import { limitsRow } from './rows/limits.ts';
import { matchingRow } from './rows/matching.ts';
import { pushRow } from './rows/push.ts';
import { ranksRow } from './rows/ranks.ts';
import { rewardEngineRow } from './rows/reward-engine.ts';
import { rollingRestartRow } from './rows/rolling-restart.ts';
import { sketchRow } from './rows/sketch.ts';
import { tenantsRow } from './rows/tenants.ts';
import { walletRow } from './rows/wallet.ts';

/** Every row, in the order they run. A new one is a file in rows/ and a line here. */
export const allRows: readonly Row[] = [
  hostRow,
  awardPointsRow,
  awardPointsKafkaRow,
  rewardEngineRow,
  rollingRestartRow,
  ranksRow,
  leaderboardRow,
  walletRow,
  campaignsRow,
  askingCampaignsRow,
  limitsRow,
  tenantsRow,
  cohortsRow,
  matchingRow,
  sketchRow,
  pushRow,
  auditRow,
  analyticsRow,
  footprintRow,
];
