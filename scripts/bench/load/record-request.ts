/** A plain record as a KafkaSource sends it. */
type SourceRecord = Readonly<{
  /** The function that receives it. */
  host: string;
  topic: string;
  partition?: number;
  offset: number;
  key: string;
  time: string;
  body: string;
  contentType?: string | undefined;
}>;

/** The request of a KafkaSource for a plain record, headers and all. */
export const recordRequest = ({
  host,
  topic,
  partition = 0,
  offset,
  key,
  time,
  body,
  contentType,
}: SourceRecord): Buffer =>
  postRequest(
    [
      `host: ${host}`,
      'ce-specversion: 1.0',
      'ce-type: dev.knative.kafka.event',
      `ce-source: /apis/v1/namespaces/guerdon/kafkasources/${topic}#${topic}`,
      `ce-id: partition:${partition}/offset:${offset}`,
      `ce-subject: partition:${partition}#${offset}`,
      `ce-time: ${time}`,
      `ce-key: ${key}`,
      `ce-partitionkey: ${key}`,
      ...(contentType === undefined ? [] : [`content-type: ${contentType}`]),
    ],
    body,
  );

/** A POST with these headers and its length. */
export const postRequest = (headers: readonly string[], body: string): Buffer => {
  const head = ['POST / HTTP/1.1', ...headers, `content-length: ${Buffer.byteLength(body)}`];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
};
