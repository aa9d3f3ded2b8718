// Secret: binary values by key, with rules per type.
import { SECRET } from '../../resources/kinds.ts'
import type { KubeObject } from '../../resources/object.ts'
import type { FieldError, KindDefinition } from '../kind.ts'
import { builtinVersion } from '../openapi/builtin-schema.ts'
import { invalid, required, tooLong } from '../validation/field-error.ts'
import { immutableField } from '../validation/metadata.ts'
import { AGE, age, column, NAME } from './columns.ts'
import { keyPairProblem } from './key-pair.ts'
import { type DataMap, decodedLength, frozenErrors, keyErrors, MAX_DATA_BYTES } from './secret-data.ts'

interface Secret extends KubeObject {
  readonly type?: string
  readonly data?: DataMap
  /** Write-only: merged into data, over it. */
  readonly stringData?: DataMap
  readonly immutable?: boolean
}

export const secretKind: KindDefinition = {
  ref: SECRET,
  singular: 'secret',
  listKind: 'SecretList',
  shortNames: [],
  categories: [],
  versions: [builtinVersion('', 'v1', 'Secret')],
  subresources: {},
  builtin: true,

  default: (object) => {
    const { stringData, ...secret } = object as Secret
    const type = secret.type || 'Opaque'
    if (!stringData) return { ...secret, type } as Secret
    const encoded = Object.entries(stringData).map(([key, text]) => [
      key,
      Buffer.from(text).toString('base64'),
    ])
    return { ...secret, type, data: { ...secret.data, ...Object.fromEntries(encoded) } } as Secret
  },

  validate: (object, old) => {
    const secret = object as Secret
    const { data = {} } = secret
    const errors = keyErrors(data, 'data')
    const size = Object.values(data).reduce((sum, text) => sum + decodedLength(text), 0)
    if (size > MAX_DATA_BYTES) errors.push(tooLong('data', MAX_DATA_BYTES))
    errors.push(...typeErrors(secret, data))
    if (!old) return errors
    const before = old as Secret
    return [
      ...immutableField('type', secret.type, before.type),
      ...frozenErrors(secret, before, ['data']),
      ...errors,
    ]
  },

  warnings: (object) => {
    const { type, data = {} } = object as Secret
    if (type !== 'kubernetes.io/tls') return []
    const problem = keyPairProblem(text(data['tls.crt']), text(data['tls.key']))
    return problem === undefined ? [] : [problem]
  },

  selectableFields: { type: (object) => (object as Secret).type ?? '' },
  table: {
    columns: [
      NAME,
      column('Type', 'string', 'What the secret is for; decides which keys it must have.'),
      column('Data', 'integer', 'Number of keys.'),
      AGE,
    ],
    cells: (object, now) => {
      const { type = '', data = {} } = object as Secret
      return [object.metadata.name, type, Object.keys(data).length, age(object, now)]
    },
  },
}

const text = (base64: string | undefined): string => Buffer.from(base64 ?? '', 'base64').toString()

function typeErrors(secret: Secret, data: DataMap): FieldError[] {
  const missing = (...keys: string[]): FieldError[] =>
    keys.filter((key) => !Object.hasOwn(data, key)).map((key) => required(`data[${key}]`))
  switch (secret.type) {
    case 'kubernetes.io/tls':
      return missing('tls.crt', 'tls.key')
    case 'kubernetes.io/dockercfg':
      return jsonErrors(data, '.dockercfg')
    case 'kubernetes.io/dockerconfigjson':
      return jsonErrors(data, '.dockerconfigjson')
    case 'kubernetes.io/basic-auth': {
      const errors = missing('username', 'password')
      return errors.length === 2 ? errors : []
    }
    case 'kubernetes.io/ssh-auth':
      return data['ssh-privatekey'] ? [] : [required('data[ssh-privatekey]')]
    case 'kubernetes.io/service-account-token': {
      const key = 'kubernetes.io/service-account.name'
      return secret.metadata.annotations?.[key] ? [] : [required(`metadata.annotations[${key}]`)]
    }
    default:
      return []
  }
}

function jsonErrors(data: DataMap, key: string): FieldError[] {
  const field = `data[${key}]`
  if (!Object.hasOwn(data, key)) return [required(field)]
  try {
    const value: unknown = JSON.parse(text(data[key]))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return []
    return [invalid(field, '<secret contents redacted>', 'must be a JSON object')]
  } catch (error) {
    // the parser quotes the text around the fault, which is secret
    const detail = error instanceof SyntaxError ? 'invalid JSON' : 'not readable'
    return [invalid(field, '<secret contents redacted>', detail)]
  }
}
