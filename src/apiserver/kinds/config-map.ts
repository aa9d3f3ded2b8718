// ConfigMap: text and binary values by key.
import { CONFIG_MAP } from '../../resources/kinds.ts'
import type { KubeObject } from '../../resources/object.ts'
import type { KindDefinition } from '../kind.ts'
import { builtinVersion } from '../openapi/builtin-schema.ts'
import { invalid, tooLong } from '../validation/field-error.ts'
import { byteLength } from '../validation/names.ts'
import { AGE, age, column, NAME } from './columns.ts'
import { type DataMap, decodedLength, frozenErrors, keyErrors, MAX_DATA_BYTES } from './secret-data.ts'

interface ConfigMap extends KubeObject {
  readonly data?: DataMap
  readonly binaryData?: DataMap
  readonly immutable?: boolean
}

export const configMapKind: KindDefinition = {
  ref: CONFIG_MAP,
  singular: 'configmap',
  listKind: 'ConfigMapList',
  shortNames: ['cm'],
  categories: [],
  versions: [builtinVersion('', 'v1', 'ConfigMap')],
  subresources: {},
  builtin: true,

  validate: (object, old) => {
    const configMap = object as ConfigMap
    const { data = {}, binaryData = {} } = configMap
    const errors = [...keyErrors(data, 'data'), ...keyErrors(binaryData, 'binaryData')]
    for (const key of Object.keys(data)) {
      if (Object.hasOwn(binaryData, key)) {
        errors.push(invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'))
      }
    }
    const size =
      Object.values(data).reduce((sum, text) => sum + byteLength(text), 0) +
      Object.values(binaryData).reduce((sum, text) => sum + decodedLength(text), 0)
    // upstream's path for the object as a whole
    if (size > MAX_DATA_BYTES) errors.push(tooLong('[]', MAX_DATA_BYTES))
    return old ? [...frozenErrors(configMap, old as ConfigMap, ['data', 'binaryData']), ...errors] : errors
  },

  table: {
    columns: [NAME, column('Data', 'integer', 'Number of keys in data and binaryData.'), AGE],
    cells: (object, now) => {
      const { data = {}, binaryData = {} } = object as ConfigMap
      return [
        object.metadata.name,
        Object.keys(data).length + Object.keys(binaryData).length,
        age(object, now),
      ]
    },
  },
}
