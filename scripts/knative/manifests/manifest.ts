/** The shape that all Kubernetes objects share. */
export type Body = Readonly<{
  apiVersion: string;
  kind: string;
  metadata: Readonly<{
    name: string;
    namespace?: string;
    labels?: Readonly<Record<string, string>>;
    annotations?: Readonly<Record<string, string>>;
  }>;
  [field: string]: unknown;
}>;

/** One object and the file it was read from. */
export type Manifest = Readonly<{ file: string; body: Body }>;

/** How errors name a manifest. */
export const describe = ({ file, body }: Manifest): string =>
  `${file}: ${body.kind} ${body.metadata.name}`;
