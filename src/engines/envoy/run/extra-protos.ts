// Envoy types that the .proto files of @grpc/grpc-js-xds lack: each with the fields that lowering writes (envoy api, same field numbers).
import protobuf from 'protobufjs'

const SAMPLERS = 'envoy.extensions.tracers.opentelemetry.samplers.v3'

/** By full name: fields as name, number and type. */
const EXTRA: Readonly<Record<string, readonly (readonly [name: string, id: number, type: string])[]>> = {
  [`${SAMPLERS}.ParentBasedSamplerConfig`]: [
    ['wrapped_sampler', 1, 'envoy.config.core.v3.TypedExtensionConfig'],
  ],
  [`${SAMPLERS}.TraceIdRatioBasedSamplerConfig`]: [
    ['sampling_percentage', 1, 'envoy.type.v3.FractionalPercent'],
  ],
}

/** Fields that the shipped types lack, by full name: name, number, rule, type. */
const EXTRA_FIELDS: Readonly<
  Record<string, readonly (readonly [name: string, id: number, rule: string | undefined, type: string])[]>
> = {
  'envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit': [
    ['rate_limits', 17, 'repeated', 'envoy.config.route.v3.RateLimit'],
    ['max_dynamic_descriptors', 18, undefined, 'google.protobuf.UInt32Value'],
  ],
}

/** Adds such fields to a type that is there. */
export function defineExtraFields(
  root: protobuf.Root,
  fullName: string,
  need: (name: string) => unknown,
): void {
  const fields = EXTRA_FIELDS[fullName]
  if (fields === undefined) return
  const type = root.lookupType(fullName)
  for (const [name, id, rule, of] of fields) {
    if (type.fields[name] !== undefined) continue
    need(of)
    type.add(new protobuf.Field(name, id, of, rule))
  }
}

/** Adds a type to the root if it is one of these and not there; `need` loads the types of its fields. */
export function defineExtra(root: protobuf.Root, fullName: string, need: (name: string) => unknown): void {
  const fields = EXTRA[fullName]
  if (fields === undefined || root.lookup(fullName) !== null) return
  const at = fullName.lastIndexOf('.')
  const type = new protobuf.Type(fullName.slice(at + 1))
  for (const [name, id, of] of fields) {
    need(of)
    type.add(new protobuf.Field(name, id, of))
  }
  root.define(fullName.slice(0, at)).add(type)
}
