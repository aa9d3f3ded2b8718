// rewrite-path: the matched prefix is replaced before the request goes to the service.
import type { AnnotationFault, ServiceSettings } from '../../settings.ts'
import { annotation } from '../annotation.ts'

/** `serviceName=x rewrite=/p`, in this order, one space between; the value may hold no `=`. */
const ENTRY = /^serviceName=([^\s=]+) rewrite=(\/[^\s=]*)$/

export const rewritePath = annotation({
  name: 'rewrite-path',
  syntax: 'serviceName=<service> rewrite=<path>[;…]',
  doc: 'Replaces the path of the rule by another before the request goes to the service; what follows the path of the rule stays. Mind trailing slashes.',
  read: (text) => {
    const services: { names: readonly string[]; settings: ServiceSettings }[] = []
    const faults: AnnotationFault[] = []
    for (const entry of text.split(';').filter((one) => one !== '')) {
      const [, service, rewrite] = ENTRY.exec(entry) ?? []
      if (service === undefined || rewrite === undefined) {
        faults.push({
          message: `entry "${entry}" is not serviceName=<service> rewrite=<path>; it is left out.`,
        })
      } else services.push({ names: [service], settings: { rewrite } })
    }
    return { services, faults }
  },
})
