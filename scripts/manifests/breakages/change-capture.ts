import { type Breakage, inFile } from './breakage.ts';

const cdc = inFile('infra/kafka-source/base/connect/cdc.yaml');

/** Breakages of change data capture. */
export const changeCaptureBreakages: readonly Breakage[] = [
  ...cdc(
    'connectors run alone on their slots',
    ['strimzi.io/cluster: guerdon', 'strimzi.io/cluster: other', /there is no KafkaConnect other/],
    ['tasksMax: 1', 'tasksMax: 2', /tasksMax must be 1/],
    ['slot.name: guerdon_cdc', 'slot.name: guerdon_cdc_redis', /must differ in slot.name/],
    ['topic.prefix: guerdon', 'topic.prefix: guerdon-redis', /must differ in topic.prefix/],
  ),
  ...cdc(
    'connectors write to topics that exist',
    ['public.boards', 'public.tenants', /"db.tenants" is missing/],
    ['replacement: db.heartbeats', 'replacement: beats', /"beats" is missing/],
  ),
  ...cdc(
    'connectors send what consumers read',
    ['pgoutput', 'decoderbufs', /plugin.name must be pgoutput/],
    ['snapshot.mode: no_data', 'snapshot.mode: initial', /must be no_data: history/],
    [/heartbeat.interval.ms: .*/, '', /heartbeat.interval.ms must be given/],
    ["values ('guerdon_cdc')", "values ('other')", /must write a row of slot guerdon_cdc/],
  ),
];
