// IngressClass: which controller acts on the Ingresses that name it.
import { INGRESS_CLASS } from '../../resources/kinds.ts'
import type { KubeObject } from '../../resources/object.ts'
import type { FieldError, KindDefinition } from '../kind.ts'
import { builtinVersion } from '../openapi/builtin-schema.ts'
import { forbidden, invalid, notSupported, required, tooLong } from '../validation/field-error.ts'
import { immutableField } from '../validation/metadata.ts'
import { byteLength, dns1123Label, dns1123Subdomain, regexError } from '../validation/names.ts'
import { AGE, age, column, NAME } from './columns.ts'
import { type ResourceReference, resourceReferenceErrors } from './ingress-backend.ts'

interface IngressClass extends KubeObject {
  readonly spec?: {
    readonly controller?: string
    readonly parameters?: ResourceReference & { readonly scope?: string; readonly namespace?: string }
  }
}

const MAX_CONTROLLER_BYTES = 250
const PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+"

export const ingressClassKind: KindDefinition = {
  ref: INGRESS_CLASS,
  singular: 'ingressclass',
  listKind: 'IngressClassList',
  shortNames: [],
  categories: [],
  versions: [builtinVersion('networking.k8s.io', 'v1', 'IngressClass')],
  subresources: {},
  builtin: true,

  default: (object) => {
    const { spec } = object as IngressClass
    if (!spec?.parameters || spec.parameters.scope !== undefined) return object
    return {
      ...object,
      spec: { ...spec, parameters: { ...spec.parameters, scope: 'Cluster' } },
    } as IngressClass
  },

  validate: (object, old) => {
    const spec = (object as IngressClass).spec ?? {}
    const before = (old as IngressClass | undefined)?.spec
    return [
      ...(before ? immutableField('spec.controller', spec.controller, before.controller) : []),
      ...controllerErrors(spec.controller ?? ''),
      ...parameterErrors(spec.parameters),
    ]
  },

  table: {
    columns: [
      NAME,
      column('Controller', 'string', 'The controller that serves Ingresses of this class.'),
      column('Parameters', 'string', 'An object with settings for the controller.'),
      AGE,
    ],
    cells: (object, now) => {
      const { controller = '', parameters } = (object as IngressClass).spec ?? {}
      const kind = parameters && [parameters.kind, parameters.apiGroup].filter(Boolean).join('.')
      return [
        object.metadata.name,
        controller,
        parameters ? `${kind}/${parameters.name}` : '<none>',
        age(object, now),
      ]
    },
  },
}

/** A path with a domain as its first segment. */
function controllerErrors(controller: string): FieldError[] {
  const field = 'spec.controller'
  const errors = byteLength(controller) > MAX_CONTROLLER_BYTES ? [tooLong(field, MAX_CONTROLLER_BYTES)] : []
  if (controller === '') return [...errors, required(field)]
  const slash = controller.indexOf('/')
  const [host, path] = [controller.slice(0, Math.max(slash, 0)), controller.slice(slash + 1)]
  if (host === '' || path === '') {
    return [...errors, invalid(field, controller, 'must be a domain-prefixed path (such as "acme.io/foo")')]
  }
  errors.push(...dns1123Subdomain(host).map((message) => invalid(field, host, message)))
  if (!new RegExp(`^${PATH}$`).test(path)) errors.push(invalid(field, path, regexError('Invalid path', PATH)))
  return errors
}

function parameterErrors(parameters: NonNullable<IngressClass['spec']>['parameters']): FieldError[] {
  if (!parameters) return []
  const field = 'spec.parameters'
  const errors = resourceReferenceErrors(parameters, field)
  const { scope = '', namespace } = parameters
  if (scope === 'Namespace') {
    if (namespace === undefined) {
      errors.push(required(`${field}.namespace`, "`parameters.scope` is set to 'Namespace'"))
    } else {
      errors.push(...dns1123Label(namespace).map((text) => invalid(`${field}.namespace`, namespace, text)))
    }
  } else if (scope === 'Cluster') {
    if (namespace !== undefined) {
      errors.push(forbidden(`${field}.namespace`, "`parameters.scope` is set to 'Cluster'"))
    }
  } else errors.push(notSupported(`${field}.scope`, scope, ['Cluster', 'Namespace']))
  return errors
}
