import { describe, expect, it } from 'vitest'
import { encode, typeOf } from './protos.ts'

const decoded = (name: string, message: object): object => {
  const type = typeOf(name)
  return type.toObject(type.decode(encode(name, message as never)), { longs: Number, enums: String })
}

describe('encode', () => {
  it('keeps every kind of value of a Struct', () => {
    const json_format = {
      text: '%ROUTE_NAME%',
      number: 1.5,
      yes: true,
      nothing: null,
      list: ['a', 2],
      inner: { b: 'c' },
    }
    expect(decoded('envoy.config.core.v3.SubstitutionFormatString', { json_format })).toEqual({
      json_format: {
        fields: {
          text: { stringValue: '%ROUTE_NAME%' },
          number: { numberValue: 1.5 },
          yes: { boolValue: true },
          nothing: { nullValue: 'NULL_VALUE' },
          list: { listValue: { values: [{ stringValue: 'a' }, { numberValue: 2 }] } },
          inner: { structValue: { fields: { b: { stringValue: 'c' } } } },
        },
      },
    })
  })

  it('writes durations, wrappers and Any', () => {
    expect(
      decoded('envoy.config.cluster.v3.Cluster', {
        name: 'c',
        connect_timeout: '1.25s',
        per_connection_buffer_limit_bytes: 7,
        transport_socket: {
          name: 'raw',
          typed_config: {
            '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer',
          },
        },
      }),
    ).toMatchObject({
      connect_timeout: { seconds: 1, nanos: 250_000_000 },
      per_connection_buffer_limit_bytes: { value: 7 },
      transport_socket: {
        typed_config: {
          type_url: 'type.googleapis.com/envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer',
        },
      },
    })
  })

  it('names a field that there is not', () => {
    expect(() => encode('envoy.config.cluster.v3.Cluster', { nmae: 'c' })).toThrow(/nmae/)
  })
})
