import { encodeProduce, isPlainProduce } from './encode-produce.ts';
import { produceRequests } from './kafkajs-internals.ts';

/** The versions of the request that have the layout which `encodeProduce` writes. */
const isKnown = (version: number): boolean => version >= 3 && version <= 7;

const { protocol } = produceRequests;

/**
 * Lets kafkajs (2.2.4) send requests to produce as `encodeProduce` writes them. Everything else about a request, its retries and
 * its response is left to kafkajs. docs/decisions/0029 tells why.
 */
export const useLeanEncoding = (): void => {
  produceRequests.protocol = (chosen) => {
    const produce = protocol(chosen);
    if (produce === undefined || !isKnown(chosen.version)) return produce;
    return (parts) => {
      const { request, response } = produce(parts);
      if (!isPlainProduce(parts)) return { request, response };
      const encode = () => {
        const bytes = encodeProduce(parts, Date.now());
        return Promise.resolve({ buf: bytes, buffer: bytes });
      };
      return { request: { ...request, encode }, response };
    };
  };
};
