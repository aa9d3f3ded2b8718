// Edits for findings of compile, which does not know what else is there.
import type { Diagnostic, Fix } from '../../diagnostics/diagnostic.ts'
import type { Gateway } from '../../resources/gateway.ts'
import { resourceOf } from './resource-of.ts'
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

/** The diagnostic with the edit that cures it, when there is one and it has none yet. */
export function withRepair(world: World, diagnostic: Diagnostic): Diagnostic {
  if (diagnostic.fix !== undefined || diagnostic.code !== 'SP0407') return diagnostic
  const fix = modeOf(world, diagnostic)
  return fix === undefined ? diagnostic : { ...diagnostic, fix }
}
