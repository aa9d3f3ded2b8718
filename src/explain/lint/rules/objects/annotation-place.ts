// Annotations of the load balancer on objects that it does not read annotations of.
import { diagnostic } from '../../../../diagnostics/diagnostic.ts'
import { rule } from '../../rule.ts'

const PREFIXES = ['ingress.bluemix.net/', 'nginx.ingress.kubernetes.io/']

export const annotationPlace = rule({
  codes: ['SP0310'],
  check: (world) =>
    [...world.snapshot.objects.values()].flatMap((all) =>
      [...all.values()].flatMap(({ object, origin }) =>
        object.kind === 'Ingress'
          ? []
          : Object.keys(object.metadata.annotations ?? {})
              .filter((name) => PREFIXES.some((prefix) => name.startsWith(prefix)))
              .map((name) =>
                diagnostic(
                  'SP0310',
                  origin(`metadata.annotations[${name}]`),
                  `${name} on a ${object.kind} has no effect: the load balancer reads it from an Ingress.`,
                ),
              ),
      ),
    ),
})
