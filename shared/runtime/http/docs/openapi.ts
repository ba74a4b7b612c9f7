/** As much of a JSON schema as a page shows. */
export type Schema = Readonly<{
  $ref?: string;
  type?: string | readonly string[];
  description?: string;
  format?: string;
  pattern?: string;
  enum?: readonly unknown[];
  const?: unknown;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  items?: Schema;
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  allOf?: readonly Schema[];
  properties?: Readonly<Record<string, Schema>>;
  additionalProperties?: Schema | boolean;
  required?: readonly string[];
}>;

export type Parameter = Readonly<{
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema?: Schema;
}>;

export type Content = Readonly<Record<string, Readonly<{ schema?: Schema }>>>;

export type Operation = Readonly<{
  operationId: string;
  summary: string;
  security?: readonly Readonly<{ bearer?: readonly string[] }>[];
  parameters?: readonly Parameter[];
  requestBody?: Readonly<{ content: Content }>;
  responses: Readonly<Record<string, Readonly<{ description: string; content?: Content }>>>;
}>;

/** An OpenAPI document of ours, as far as it is read again. */
export type OpenapiDocument = Readonly<{
  info: Readonly<{ title: string; version: string }>;
  /** By path, then by method. */
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  components?: Readonly<{ schemas?: Readonly<Record<string, Schema>> }>;
}>;
