// sticky-cookie-services: a client stays with the endpoint that it met first.
import type { AnnotationFault, ServiceSettings } from '../../settings.ts'
import { annotation } from '../annotation.ts'

/** serviceName first, then name, expires, path and hash, with optional flags. */
const ENTRY =
  /^serviceName=(\S+) name=([^\s=;]+) expires=(\d+)([smh]) path=(\/\S*) hash=(sha1|md5|index)((?: secure| httponly)*)$/
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 }

export const stickyCookieServices = annotation({
  name: 'sticky-cookie-services',
  syntax:
    'serviceName=<service> name=<cookie> expires=<n>s|m|h path=<path> hash=sha1 [secure] [httponly][;…]',
  doc: 'A cookie keeps a client with the endpoint that it met first, chosen by consistent hash of the cookie. hash is accepted and has no effect.',
  read: (text) => {
    const services: { names: readonly string[]; settings: ServiceSettings }[] = []
    const faults: AnnotationFault[] = []
    for (const entry of text.split(';').filter((one) => one.trim() !== '')) {
      const [, service, name, amount, unit, path, , flags] = ENTRY.exec(entry) ?? []
      if (service === undefined || name === undefined || path === undefined) {
        faults.push({ message: `entry "${entry}" does not follow the grammar; it is left out.` })
        continue
      }
      const sticky = {
        name,
        ttlSeconds: Number(amount) * (SECONDS[unit ?? ''] ?? 1),
        path,
        secure: flags?.includes(' secure') ?? false,
        httpOnly: flags?.includes(' httponly') ?? false,
      }
      services.push({ names: [service], settings: { sticky } })
    }
    return { services, faults }
  },
})
