// Where pods and endpoints run: by their own labels, else by those of their node.
import type { Locality } from '../../ir/locality.ts'
import { NODE } from '../../resources/kinds.ts'
import { localityOfNode } from '../../resources/node.ts'
import { readKeys, readObject } from '../graph/inputs.ts'
import { query, type Read } from '../graph/query.ts'

/** Of a node by name; changes less often than the node, whose status beats like a heart. */
export const nodeLocality = query<Locality | undefined>('node-locality', (read, name) =>
  localityOfNode(readObject(read, NODE, name)?.object.metadata.labels ?? {}),
)

/** The locality of a zone of which only the name is known: that of a node there. */
const zoneLocality = query<Locality>('zone-locality', (read, zone) => {
  for (const name of readKeys(read, NODE)) {
    const locality = read(nodeLocality, name)
    if (locality?.zone === zone) return { region: locality.region, zone }
  }
  return { region: '', zone }
})

/** Of an endpoint that no pod stands behind. */
export function sliceLocality(
  read: Read,
  { nodeName, zone }: { readonly nodeName?: string; readonly zone?: string },
): Locality | undefined {
  const known = nodeName === undefined ? undefined : read(nodeLocality, nodeName)
  return known ?? (zone === undefined ? undefined : read(zoneLocality, zone))
}

/** What several replicas have in common: they are one proxy. */
export function commonLocality(all: readonly (Locality | undefined)[]): Locality | undefined {
  const [first] = all
  if (first === undefined || all.some((one) => one?.region !== first.region)) return undefined
  const { region, zone, subzone } = first
  if (zone === undefined || all.some((one) => one?.zone !== zone)) return { region }
  if (subzone === undefined || all.some((one) => one?.subzone !== subzone)) return { region, zone }
  return first
}
