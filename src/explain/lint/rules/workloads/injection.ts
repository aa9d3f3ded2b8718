// Who is in the mesh and who is not, and labels that contradict each other.
import { type Diagnostic, diagnostic } from '../../../../diagnostics/diagnostic.ts'
import { NAMESPACE } from '../../../../resources/kinds.ts'
import type { KubeObject } from '../../../../resources/object.ts'
import { type Pod, PROXY_ANNOTATION, SIDECAR_CONTAINER } from '../../../../resources/pod.ts'
import { perObject } from '../../per-object.ts'
import { rule } from '../../rule.ts'
import { groupBy, type World } from '../../world.ts'

/** Namespaces of the platform itself. */
const SYSTEM = new Set(['kube-system', 'kube-public', 'kube-node-lease', 'istio-system', 'ibm-cert-store'])

const asks = ({ metadata }: KubeObject): boolean => {
  const label = metadata.labels?.['istio-injection']
  return label === undefined ? metadata.labels?.['istio.io/rev'] !== undefined : label === 'enabled'
}

const hasSidecar = ({ spec }: Pod): boolean =>
  [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].some(
    ({ name }) => name === SIDECAR_CONTAINER,
  )

const optedOut = ({ metadata }: Pod): boolean =>
  (metadata.labels?.['sidecar.istio.io/inject'] ?? metadata.annotations?.['sidecar.istio.io/inject']) ===
  'false'

function podFindings(world: World): readonly Diagnostic[] {
  const injected = new Set<string>()
  const faults = perObject(world, NAMESPACE, ({ object }) => {
    if (asks(object)) injected.add(object.metadata.name)
    return []
  })
  const perWorkload = groupBy(world.pods(), ({ object }) => object.metadata.namespace ?? '')
  const bare = [...injected].flatMap((namespace) =>
    (perWorkload.get(namespace) ?? [])
      .filter(({ object }) => object.metadata.annotations?.[PROXY_ANNOTATION] === undefined)
      .filter(({ object }) => !hasSidecar(object) && !optedOut(object))
      .map(({ object, origin }) =>
        diagnostic(
          'SP0705',
          origin(''),
          `Namespace ${namespace} asks for sidecars, but pod ${object.metadata.name} has none.`,
        ),
      ),
  )
  const outside = perObject(world, NAMESPACE, ({ object, origin }) => {
    const { name } = object.metadata
    const pods = (perWorkload.get(name) ?? []).filter(
      ({ object: pod }) => pod.metadata.annotations?.[PROXY_ANNOTATION] === undefined && !hasSidecar(pod),
    )
    if (injected.size === 0 || injected.has(name) || SYSTEM.has(name) || pods.length === 0) return []
    if (object.metadata.labels?.['istio-injection'] === 'disabled') return []
    return [
      diagnostic(
        'SP0704',
        origin('metadata.labels'),
        `Namespace ${name} has ${pods.length} pod(s) outside of the mesh.`,
      ),
    ]
  })
  return [...faults, ...bare, ...outside]
}

export const injection = rule({
  codes: ['SP0704', 'SP0705', 'SP0708'],
  check: (world) => [
    ...podFindings(world),
    ...perObject(world, NAMESPACE, ({ object, origin }) => {
      const { labels = {} } = object.metadata
      const both = labels['istio-injection'] !== undefined && labels['istio.io/rev'] !== undefined
      if (!both) return []
      return [
        diagnostic(
          'SP0708',
          origin('metadata.labels[istio.io/rev]'),
          `Namespace ${object.metadata.name} has both istio-injection and istio.io/rev.`,
          {
            fix: { field: 'metadata.labels[istio.io/rev]' },
          },
        ),
      ]
    }),
  ],
})
