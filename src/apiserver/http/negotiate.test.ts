import { expect, it } from 'vitest'
import { negotiate } from './negotiate.ts'

it.each([
  [undefined, { media: 'json' }],
  ['', { media: 'json' }],
  ['*/*', { media: 'json' }],
  ['application/vnd.kubernetes.protobuf,application/json', { media: 'json' }],
  ['application/json;q=0.5, application/yaml', { media: 'yaml' }],
  [
    'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json',
    { media: 'json', as: 'Table', version: 'v1' },
  ],
  ['application/json;as=Table;v=v1beta1;g=meta.k8s.io', { media: 'json', as: 'Table', version: 'v1beta1' }],
  ['application/json;as=Chart;v=v1;g=meta.k8s.io,application/json', { media: 'json' }],
  [
    'application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
    { media: 'json', as: 'PartialObjectMetadata', version: 'v1' },
  ],
])('%s', (accept, format) => {
  expect(negotiate(accept)).toEqual(format)
})

it.each(['text/html', 'application/vnd.kubernetes.protobuf', 'application/json;q=0'])(
  'refuses %s',
  (accept) => {
    expect(() => negotiate(accept)).toThrow('only the following media types are accepted')
  },
)
