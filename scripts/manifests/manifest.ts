/** The fields that all Kubernetes objects have. */
export type Body = Readonly<{
  apiVersion: string;
  kind: string;
  metadata: Readonly<{ name: string; namespace?: string }>;
  [field: string]: unknown;
}>;

/**
 * One object, the file it was read from, and its YAML there with the comments; a generated one has
 * none.
 */
export type Manifest = Readonly<{ file: string; text: string; body: Body }>;

/** How errors name a manifest. */
export const describe = ({ file, body }: Manifest): string =>
  `${file}: ${body.kind} ${body.metadata.name}`;
