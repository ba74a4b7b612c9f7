/**
 * A header value that kafkajs writes as null, as other producers can: of null itself it cannot take the length. It asks for the length
 * of what it writes three times, and the first time writes it down.
 */
export const nullHeader = (): Buffer => {
  let isWritten = false;
  return Object.defineProperty(Buffer.alloc(0), 'length', {
    get: () => {
      if (isWritten) return 0;
      isWritten = true;
      return -1;
    },
  });
};
