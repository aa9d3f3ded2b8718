// What containers say that keeps their pod out of the mesh or from starting.
import { diagnostic } from '../../../../diagnostics/diagnostic.ts'
import { POD } from '../../../../resources/kinds.ts'
import { type Pod, PROXY_ANNOTATION, SIDECAR_CONTAINER } from '../../../../resources/pod.ts'
import { perObject } from '../../per-object.ts'
import { rule } from '../../rule.ts'

const SIDECAR_USER = 1337

interface WithUser {
  readonly securityContext?: { readonly runAsUser?: number }
}

export const containers = rule({
  codes: ['SP0710', 'SP0711'],
  check: (world) =>
    perObject<Pod>(world, POD, ({ object, origin }) => {
      const all = object.spec?.containers ?? []
      const injected = all.some(({ name }) => name === SIDECAR_CONTAINER)
      const proxy = object.metadata.annotations?.[PROXY_ANNOTATION] !== undefined
      const whole = (object.spec as WithUser | undefined)?.securityContext?.runAsUser
      return all.flatMap((container, index) => {
        if (container.name === SIDECAR_CONTAINER) return []
        const field = `spec.containers[${index}]`
        const user = (container as WithUser).securityContext?.runAsUser ?? whole
        return [
          ...(injected && user === SIDECAR_USER
            ? [
                diagnostic(
                  'SP0710',
                  origin(field),
                  `Container ${container.name} of pod ${object.metadata.name} runs as user ${SIDECAR_USER}.`,
                ),
              ]
            : []),
          ...(container.image === 'auto' && !injected && !proxy
            ? [
                diagnostic(
                  'SP0711',
                  origin(`${field}.image`),
                  `Container ${container.name} of pod ${object.metadata.name} has image auto, but the pod is not injected.`,
                ),
              ]
            : []),
        ]
      })
    }),
})
