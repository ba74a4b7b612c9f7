/** How the bytes of a record key are read: label `kafkasources.sources.knative.dev/key-type`. */
export type KeyType = 'string' | 'int' | 'float' | 'byte-array';

const readers: Readonly<Record<KeyType, (key: Buffer) => string | undefined>> = {
  string: () => undefined,
  int: (key) => (key.length === 4 ? String(key.readInt32BE()) : undefined),
  float: (key) => {
    if (key.length === 4) return String(key.readFloatBE());
    return key.length === 8 ? String(key.readDoubleBE()) : undefined;
  },
  'byte-array': (key) => key.toString('base64'),
};

/** A key as text; one that does not have the length of its type is read as a string. */
export const keyText = (key: Buffer, type: KeyType): string => readers[type](key) ?? key.toString();
