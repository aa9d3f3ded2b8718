// Locality settings that have no effect, that contradict themselves, or that name places where nothing runs.
import type { Code } from '../../../../diagnostics/catalogue.ts'
import { diagnostic } from '../../../../diagnostics/diagnostic.ts'
import { type Locality, localityText } from '../../../../ir/locality.ts'
import type { DestinationRule, LocalitySetting } from '../../../../resources/destination-rule.ts'
import { DESTINATION_RULE, NODE } from '../../../../resources/kinds.ts'
import { localityOfNode } from '../../../../resources/node.ts'
import { listOf } from '../../../../resources/snapshot.ts'
import { type LocalityPlace, localityPlaces } from '../../locality-settings.ts'
import { perObject } from '../../per-object.ts'
import { rule } from '../../rule.ts'
import type { World } from '../../world.ts'

/** What is wrong at a field below the setting. */
interface Finding {
  readonly code: Code
  readonly field: string
  readonly message: string
}

function withoutEffect({ setting, detectsFailure }: LocalityPlace): readonly Finding[] {
  const field = setting.failover?.length
    ? 'failover'
    : setting.failoverPriority?.length
      ? 'failoverPriority'
      : ''
  if (detectsFailure || field === '' || setting.enabled === false) return []
  const message = `${field} has no effect: without outlierDetection no endpoint is ever found to fail.`
  return [{ code: 'SP0517', field, message }]
}

const within = (locality: string, text: string): boolean => {
  const parts = locality.split('/')
  return text.split('/').every((part, index) => part === '*' || part === '' || part === (parts[index] ?? ''))
}

function distribution({ distribute = [] }: LocalitySetting): readonly Finding[] {
  return distribute.flatMap(({ to = {} }, index): readonly Finding[] => {
    const sum = Object.values(to).reduce((total, weight) => total + weight, 0)
    const field = `distribute[${index}].to`
    if (sum !== 100)
      return [
        { code: 'SP0518', field, message: `The weights make ${sum}. They are taken as shares of their sum.` },
      ]
    const names = Object.keys(to)
    const twice = names.find((name, at) => names.slice(0, at).some((other) => within(name, other)))
    return twice === undefined
      ? []
      : [{ code: 'SP0519', field, message: `${twice} lies within another entry, which takes its endpoints.` }]
  })
}

const TOPOLOGY = /^topology\.(kubernetes\.io\/(region|zone)|istio\.io\/subzone)$/

function contradictions({
  distribute = [],
  failover = [],
  failoverPriority = [],
}: LocalitySetting): readonly Finding[] {
  const found: [field: string, message: string][] = []
  if (distribute.length > 0 && failover.length + failoverPriority.length > 0)
    found.push(['distribute', 'distribute and failover exclude each other: only distribute is used.'])
  if (failover.length > 0 && failoverPriority.some((label) => TOPOLOGY.test(label)))
    found.push(['failoverPriority', 'Labels of places in failoverPriority say the same as failover.'])
  for (const [index, { from = '', to = '' }] of failover.entries()) {
    const field = `failover[${index}]`
    if (from === to) found.push([field, `It leads from ${from} to itself.`])
    if (/[/*]/.test(from + to))
      found.push([field, 'failover names regions only, without zones and without *.'])
  }
  return found.map(([field, message]) => ({ code: 'SP0519', field, message }))
}

/** Every place where something runs, as texts; empty when nothing says where anything is. */
function knownPlaces({ snapshot, model }: World): readonly string[] {
  const nodes = listOf(snapshot, NODE).map(({ object }) => localityOfNode(object.metadata.labels ?? {}))
  const running = model.proxies.flatMap(({ locality, clusters }) => [
    locality,
    ...clusters.flatMap(({ endpoints }) => endpoints.map((one) => one.locality)),
  ])
  const all = [...nodes, ...running].filter((one): one is Locality => one !== undefined)
  return [...new Set(all.map(localityText))]
}

function unknownPlaces(
  { distribute = [], failover = [] }: LocalitySetting,
  known: readonly string[],
): readonly Finding[] {
  if (known.length === 0) return []
  const named = [
    ...distribute.flatMap(({ from, to = {} }, index) =>
      [from, ...Object.keys(to)].map((name) => ({ name, field: `distribute[${index}]` })),
    ),
    ...failover.flatMap(({ from, to }, index) =>
      [from, to].map((name) => ({ name, field: `failover[${index}]` })),
    ),
  ]
  return named.flatMap(({ name = '', field }) =>
    name === '' || known.some((place) => within(place, name))
      ? []
      : [
          {
            code: 'SP0520' as const,
            field,
            message: `Nothing runs in ${name}. There is: ${known.join(', ')}.`,
          },
        ],
  )
}

export const localitySetting = rule({
  codes: ['SP0517', 'SP0518', 'SP0519', 'SP0520'],
  check: (world) => {
    const known = knownPlaces(world)
    return perObject<DestinationRule>(world, DESTINATION_RULE, ({ object, origin }) =>
      localityPlaces(object).flatMap((place) =>
        [
          ...withoutEffect(place),
          ...distribution(place.setting),
          ...contradictions(place.setting),
          ...unknownPlaces(place.setting, known),
        ].map(({ code, field, message }) => diagnostic(code, origin(`${place.field}.${field}`), message)),
      ),
    )
  },
})
