import { expect, test } from 'vitest'
import { collectorOf } from './otlp-environment.ts'

test('nothing is traced unless an endpoint is named', async () => {
  expect(await collectorOf({})).toBeUndefined()
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }
  expect(await collectorOf({ ...endpoint, OTEL_SDK_DISABLED: 'true' })).toBeUndefined()
  expect(await collectorOf({ ...endpoint, OTEL_TRACES_EXPORTER: 'none' })).toBeUndefined()
})

test('the general endpoint is a base, that for traces is whole', async () => {
  expect(await collectorOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318/otlp/' })).toEqual({
    address: '127.0.0.1',
    port: 4318,
    authority: '127.0.0.1:4318',
    path: '/otlp/v1/traces',
    headers: [],
    samplePercent: 100,
  })
  expect(
    await collectorOf({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.2',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.3/spans',
      OTEL_EXPORTER_OTLP_HEADERS: 'Api-Key=a%20b, other=c',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
    }),
  ).toEqual({
    address: '127.0.0.3',
    port: 80,
    authority: '127.0.0.3',
    path: '/spans',
    headers: [
      ['api-key', 'a b'],
      ['other', 'c'],
    ],
    samplePercent: 25,
  })
})

test.each([
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4318' }, 'scheme localhost'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' }, 'is no URL'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://127.0.0.1' }, 'scheme https'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'grpc'],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1', OTEL_TRACES_SAMPLER: 'jaeger_remote' },
    'jaeger_remote',
  ],
])('%o is refused', async (variables, message) => {
  await expect(collectorOf(variables)).rejects.toThrow(message)
})
