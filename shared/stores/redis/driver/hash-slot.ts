/**
 * The slot of a key on a Redis Cluster: CRC16 (XMODEM) of its hash tag, or of the whole key.
 * https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#key-distribution-model
 */
export const hashSlot = (key: string): number => {
  const opens = key.indexOf('{');
  const closes = key.indexOf('}', opens + 1);
  const tag = opens >= 0 && closes > opens + 1 ? key.slice(opens + 1, closes) : key;
  let crc = 0;
  for (const byte of Buffer.from(tag)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  }
  return (crc & 0xffff) % 16_384;
};
