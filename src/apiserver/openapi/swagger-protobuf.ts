// The OpenAPI v2 document as gnostic's protobuf (openapi.v2.Document), the only form that kubectl up to 1.28 takes. Field numbers are those of OpenAPIv2.proto.
import type { Definition } from './definitions.ts'
import { Message } from './protobuf-writer.ts'
import type { Swagger, SwaggerOperation } from './swagger.ts'

/** Encodes the document. Values of vendor extensions are YAML text there; JSON is YAML. */
export function swaggerProtobuf(document: Swagger): Uint8Array {
  const paths = new Message()
  for (const [path, { patch }] of Object.entries(document.paths)) {
    paths.message(2, named(path, new Message().message(8, operationMessage(patch))))
  }
  const definitions = new Message()
  for (const [name, schema] of Object.entries(document.definitions)) {
    definitions.message(1, named(name, schemaMessage(schema)))
  }
  return new Message()
    .string(1, document.swagger)
    .message(2, new Message().string(1, document.info.title).string(2, document.info.version))
    .message(8, paths)
    .message(9, definitions)
    .finish()
}

const named = (name: string, value: Message): Message => new Message().string(1, name).message(2, value)
const any = (value: unknown): Message => new Message().string(2, JSON.stringify(value))

function operationMessage(operation: SwaggerOperation): Message {
  const message = new Message()
    .string(3, operation.description)
    .string(5, operation.operationId)
    .strings(6, operation.produces)
    .strings(7, operation.consumes)
  for (const parameter of operation.parameters) {
    const isPath = parameter.in === 'path'
    const item = new Message()
      .boolean(1, parameter.required)
      .string(2, parameter.in)
      .string(3, parameter.description)
      .string(4, parameter.name)
      // the messages of path and query parameters differ by a field
      .string(isPath ? 5 : 6, parameter.type)
    const nonBody = new Message().message(isPath ? 4 : 3, item)
    message.message(8, new Message().message(1, new Message().message(2, nonBody)))
  }
  return extensions(message, operation, 13)
}

function schemaMessage(schema: Definition): Message {
  const message = new Message()
    .string(1, schema.$ref)
    .string(2, text(schema['format']))
    .string(3, text(schema['title']))
    .string(4, schema.description)
    .double(6, number(schema['multipleOf']))
    .double(7, number(schema['maximum']))
    .boolean(8, schema['exclusiveMaximum'] === true)
    .double(9, number(schema['minimum']))
    .boolean(10, schema['exclusiveMinimum'] === true)
    .integer(11, number(schema['maxLength']))
    .integer(12, number(schema['minLength']))
    .string(13, text(schema['pattern']))
    .integer(14, number(schema['maxItems']))
    .integer(15, number(schema['minItems']))
    .boolean(16, schema['uniqueItems'] === true)
    .integer(17, number(schema['maxProperties']))
    .integer(18, number(schema['minProperties']))
    .strings(19, schema['required'] as readonly string[] | undefined)
  for (const value of (schema['enum'] as readonly unknown[] | undefined) ?? [])
    message.message(20, any(value))
  const { additionalProperties, type, items, properties } = schema
  if (typeof additionalProperties === 'object') {
    message.message(21, new Message().message(1, schemaMessage(additionalProperties)))
  } else if (additionalProperties !== undefined) {
    message.message(21, new Message().boolean(2, additionalProperties))
  }
  if (type !== undefined) message.message(22, new Message().string(1, type))
  if (items) message.message(23, new Message().message(1, schemaMessage(items)))
  if (properties) {
    const list = new Message()
    for (const [name, property] of Object.entries(properties)) {
      list.message(1, named(name, schemaMessage(property)))
    }
    message.message(25, list)
  }
  return extensions(message, schema, 31)
}

function extensions(message: Message, from: object, field: number): Message {
  for (const [name, value] of Object.entries(from)) {
    if (name.startsWith('x-')) message.message(field, named(name, any(value)))
  }
  return message
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)
