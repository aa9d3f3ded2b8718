// Envoy's protobuf types at run time, from the .proto files inside @grpc/grpc-js-xds, loaded package by package as messages need them.
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import protobuf from 'protobufjs'
import type { Message } from '../lower/proto.ts'
import { defineExtra, defineExtraFields } from './extra-protos.ts'

const require = createRequire(import.meta.url)
const deps = join(dirname(require.resolve('@grpc/grpc-js-xds/package.json')), 'deps')
const wellKnown = dirname(require.resolve('protobufjs/package.json'))
const roots = ['envoy-api', 'googleapis', 'protoc-gen-validate', 'xds'].map((name) => join(deps, name))

const root = new protobuf.Root()
root.resolvePath = (_origin, target) => {
  if (protobuf.common.get(target)) return target
  if (target.startsWith('google/protobuf/')) return join(wellKnown, target)
  if (target.startsWith('/')) return target
  return roots.map((folder) => join(folder, target)).find(exists) ?? null
}
const listings = new Map<string, ReadonlySet<string>>()
function exists(path: string): boolean {
  const folder = dirname(path)
  let names = listings.get(folder)
  if (!names) {
    names = new Set(tryList(folder))
    listings.set(folder, names)
  }
  return names.has(path.slice(folder.length + 1))
}
function tryList(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

const loaded = new Set<string>()
/** Files that import what the package does not ship, and that nothing else needs. */
const UNSHIPPED = new Set(['opencensus.proto', 'trace.proto'].map((file) => `envoy.config.trace.v3/${file}`))

/** The type of a full name (`envoy.config.cluster.v3.Cluster`); its package's files are read the first time. Throws when there is none. */
export function typeOf(fullName: string): protobuf.Type {
  const name = fullName.slice(0, fullName.lastIndexOf('.'))
  if (!loaded.has(name)) {
    loaded.add(name)
    const folder = join(deps, 'envoy-api', ...name.split('.'))
    const files = tryList(folder).filter(
      (file) => file.endsWith('.proto') && !UNSHIPPED.has(`${name}/${file}`),
    )
    if (files.length > 0)
      root.loadSync(
        files.map((file) => join(folder, file)),
        { keepCase: true },
      )
  }
  defineExtra(root, fullName, typeOf)
  defineExtraFields(root, fullName, typeOf)
  return root.lookupType(fullName)
}

const WRAPPERS = /^\.google\.protobuf\.(Double|Float|Int64|UInt64|Int32|UInt32|Bool|String|Bytes)Value$/

/** Encodes a message given as proto3 JSON. */
export function encode(fullName: string, message: Message): Uint8Array {
  const type = typeOf(fullName)
  return type.encode(type.fromObject(toObject(type, message) as Record<string, unknown>)).finish()
}

/** A google.protobuf.Any of a message given as proto3 JSON. */
export function encodeAny(
  fullName: string,
  message: Message,
): { readonly type_url: string; readonly value: Uint8Array } {
  return { type_url: `type.googleapis.com/${fullName}`, value: encode(fullName, message) }
}

/** proto3 JSON to what protobufjs reads: durations, wrappers, Any and Struct get their message form. */
function toObject(type: protobuf.Type, value: unknown): unknown {
  const name = type.fullName
  if (name === '.google.protobuf.Duration') return durationOf(String(value))
  if (name === '.google.protobuf.Struct') return structOf(value as Message)
  if (name === '.google.protobuf.Any') {
    const { '@type': url, ...rest } = value as Message
    return encodeAny(String(url).slice(String(url).indexOf('/') + 1), rest)
  }
  if (WRAPPERS.test(name)) return { value }
  const result: Record<string, unknown> = {}
  for (const [key, inner] of Object.entries(value as Message)) {
    const field = type.fields[key]
    if (!field) throw new Error(`${name} has no field ${key}`)
    result[key] = fieldValue(field.resolve(), inner)
  }
  return result
}

function fieldValue(field: protobuf.Field, value: unknown): unknown {
  const inner = field.resolvedType
  const one = (item: unknown) => (inner instanceof protobuf.Type ? toObject(inner, item) : item)
  if (field instanceof protobuf.MapField)
    return Object.fromEntries(Object.entries(value as Message).map(([key, item]) => [key, one(item)]))
  return field.repeated ? (value as readonly unknown[]).map(one) : one(value)
}

function durationOf(text: string): { seconds: number; nanos: number } {
  const total = Number(text.slice(0, -1))
  const seconds = Math.trunc(total)
  return { seconds, nanos: Math.round((total - seconds) * 1e9) }
}

function structOf(value: Message): unknown {
  return { fields: Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, valueOf(inner)])) }
}

/** In the names of protobufjs's own struct.proto, which are not those of the file. */
function valueOf(value: unknown): unknown {
  if (value === null) return { nullValue: 0 }
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'number') return { numberValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (Array.isArray(value)) return { listValue: { values: value.map(valueOf) } }
  return { structValue: structOf(value as Message) }
}
