// A published schema with its texts, and all that it refers to: what stands under components.schemas.
import { type Definition, definitions, descriptions, REF_PREFIX } from './definitions.ts'

/** Definitions by name, ready to be serialised. */
export type Components = Record<string, Definition>

/** Adds a built-in definition and everything it reaches. */
export function addBuiltin(components: Components, name: string): void {
  if (name in components) return
  const definition = definitions()[name]
  if (!definition) throw new Error(`no definition ${name}`)
  components[name] = described(definition, descriptions()[name] ?? {})
  for (const target of references(definition)) addBuiltin(components, target)
}

/** Names that a schema refers to directly. */
export function references(schema: Definition): string[] {
  const found: string[] = []
  const visit = (node: Definition): void => {
    if (node.$ref !== undefined) found.push(node.$ref.slice(REF_PREFIX.length))
    node.allOf?.forEach(visit)
    if (node.properties) Object.values(node.properties).forEach(visit)
    if (node.items) visit(node.items)
    if (typeof node.additionalProperties === 'object') visit(node.additionalProperties)
  }
  visit(schema)
  return found
}

function described(definition: Definition, texts: Readonly<Record<string, string>>): Definition {
  const { '': own } = texts
  const { properties } = definition
  return {
    ...(own === undefined ? {} : { description: own }),
    ...definition,
    ...(properties
      ? {
          properties: Object.fromEntries(
            Object.entries(properties).map(([key, property]) => [key, withText(property, texts[key])]),
          ),
        }
      : {}),
  }
}

const withText = (property: Definition, text: string | undefined): Definition =>
  text === undefined ? property : { description: text, ...property }
