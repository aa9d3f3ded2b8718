// Where a proxy or an endpoint runs (Envoy core.v3 Locality): what failover and distribution go by.

/** From wide to narrow; a part that is not known is absent or empty. */
export interface Locality {
  readonly region: string
  readonly zone?: string
  readonly subzone?: string
}

/** `region/zone/subzone`, as far as it is known. */
export function localityText(locality: Locality | undefined): string {
  if (locality === undefined) return ''
  const { region, zone = '', subzone = '' } = locality
  return [region, zone, subzone].join('/').replace(/\/+$/, '')
}

/** Reads `region/zone/subzone`; undefined for an empty text. */
export function parseLocality(text: string): Locality | undefined {
  if (text === '') return undefined
  const [region = '', zone, subzone] = text.split('/')
  return { region, ...(zone ? { zone } : {}), ...(subzone ? { subzone } : {}) }
}
