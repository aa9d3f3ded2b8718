// Envoy resources are written as proto3 JSON: it is what `envoy --mode validate` reads, and what run/encode turns into protobuf for xDS.

/** A message in proto3 JSON with proto field names (snake_case). */
export type Message = Readonly<Record<string, unknown>>

/** A message for a google.protobuf.Any field. */
export function any(type: string, message: Message): Message {
  return { '@type': `type.googleapis.com/${type}`, ...message }
}

/** An extension: its name and its typed configuration. */
export function extension(name: string, type: string, message: Message): Message {
  return { name, typed_config: any(type, message) }
}

/** google.protobuf.Duration in JSON, from milliseconds. */
export function duration(ms: number): string {
  return `${ms / 1000}s`
}

/** The object without its undefined values, so that absent fields stay absent. */
export function compact(message: Readonly<Record<string, unknown>>): Message {
  return Object.fromEntries(Object.entries(message).filter(([, value]) => value !== undefined))
}
