// Edits for findings of compile, which does not know what else is there.
import type { Code } from '../../diagnostics/catalogue.ts'
import type { Diagnostic, Fix } from '../../diagnostics/diagnostic.ts'
import type { Gateway } from '../../resources/gateway.ts'
import { resourceOf, sslServices } from './resource-of.ts'
import type { World } from './world.ts'

/** SP0407: MUTUAL where a client CA was put beside the credential, else SIMPLE. */
function modeOf(world: World, { origin }: Diagnostic): Fix | undefined {
  const index = Number(/^spec\.servers\[(\d+)\]$/.exec(origin.field ?? '')?.[1] ?? Number.NaN)
  const gateway = resourceOf(world, origin)?.object as Gateway | undefined
  const credential = gateway?.spec?.servers?.[index]?.tls?.credentialName
  if (credential === undefined) return undefined
  const suffix = `/${credential}-cacert`
  const mutual = [...world.snapshot.pem.keys()].some(
    (key) => key.startsWith('Secret ') && key.endsWith(suffix),
  )
  return { field: `${origin.field}.tls.mode`, value: mutual ? 'MUTUAL' : 'SIMPLE' }
}

const SSL_SERVICES = 'metadata.annotations[ingress.bluemix.net/ssl-services]'
const STRICT_ENTRY =
  /^ssl-service=[^\s;=]+( ssl-secret=[^\s;=]+( proxy-ssl-(name=[^\s;=]+|verify-depth=([1-9]|10))){0,2})?$/

/** SP0302 of ssl-services: the same entries without the spaces that the historical parser fell over, when nothing else is wrong with any of them. */
function strictEntries(world: World, { origin }: Diagnostic): Fix | undefined {
  const value = origin.field === SSL_SERVICES ? sslServices(world, origin) : undefined
  const entries = value
    ?.split(';')
    .map((entry) => entry.trim().replaceAll(/\s+/g, ' '))
    .filter((entry) => entry !== '')
  if (entries === undefined || !entries.every((entry) => STRICT_ENTRY.test(entry))) return undefined
  const strict = entries.join(';')
  return strict === value ? undefined : { field: SSL_SERVICES, value: strict }
}

const REPAIRS: Readonly<Partial<Record<Code, (world: World, diagnostic: Diagnostic) => Fix | undefined>>> = {
  SP0302: strictEntries,
  SP0407: modeOf,
}

/** The diagnostic with the edit that cures it, when there is one and it has none yet. */
export function withRepair(world: World, diagnostic: Diagnostic): Diagnostic {
  const fix = diagnostic.fix ?? REPAIRS[diagnostic.code]?.(world, diagnostic)
  return fix === undefined ? diagnostic : { ...diagnostic, fix }
}
