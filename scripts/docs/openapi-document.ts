import {
  createDocument,
  type ZodOpenApiObject,
  type ZodOpenApiOverride,
  type ZodOpenApiPathsObject,
} from 'zod-openapi';
import type { AnyRoute } from '#shared/runtime/http/route.ts';
import { operation } from './operation.ts';
import { problemSchema } from './problem-responses.ts';

/** Makes the OpenAPI 3.1 document of an HTTP function from its routes. */
export const openapiDocument = (name: string, routes: readonly AnyRoute[]): object =>
  createDocument(document(name, routes), { override: describeWire });

const document = (name: string, routes: readonly AnyRoute[]): ZodOpenApiObject => ({
  openapi: '3.1.0',
  info: {
    title: name,
    version: '1.0.0',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  components: {
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    schemas: { Problem: problemSchema },
  },
  paths: pathsOf(routes),
});

/**
 * Describes the wire format: a Date as its text, and objects in responses open to fields of later
 * versions. So a schema of both requests and responses has one name, not two.
 */
const describeWire: ZodOpenApiOverride = ({ jsonSchema, zodSchema, io }) => {
  const { def } = zodSchema._zod;
  if (def.type === 'date') jsonSchema.format = 'date-time';
  const isOpen = def.type === 'object' && def.catchall === undefined;
  if (isOpen && io === 'output') delete jsonSchema.additionalProperties;
};

/** A path has one entry, whose methods may be declared apart. */
const pathsOf = (routes: readonly AnyRoute[]): ZodOpenApiPathsObject => {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    paths[route.path] = {
      ...paths[route.path],
      [route.method.toLowerCase()]: operation(route),
    };
  }
  return paths;
};
