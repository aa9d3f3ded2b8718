// The Accept header: in which form an answer goes out.
import { notAcceptable } from '../status-error.ts'

/** `as` is the shape asked for; plain objects when absent. */
export interface Format {
  readonly media: 'json' | 'yaml'
  readonly as?: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList'
  /** Version of meta.k8s.io that the shape was asked in. */
  readonly version?: 'v1' | 'v1beta1'
}

export interface MediaRange {
  readonly type: string
  readonly params: Readonly<Record<string, string>>
  readonly quality: number
}

/** The media ranges of an Accept header, best first, equals in their order (RFC 9110 12.5.1). */
export function parseAccept(header: string | undefined): readonly MediaRange[] {
  const ranges = (header ?? '*/*').split(',').flatMap((part) => {
    const [type = '', ...rest] = part.split(';').map((piece) => piece.trim())
    if (type === '') return []
    const params: Record<string, string> = {}
    for (const piece of rest) {
      const equals = piece.indexOf('=')
      if (equals > 0)
        params[piece.slice(0, equals).toLowerCase()] = piece.slice(equals + 1).replace(/^"|"$/g, '')
    }
    const quality = params['q'] === undefined ? 1 : Number(params['q'])
    return [{ type: type.toLowerCase(), params, quality: Number.isNaN(quality) ? 0 : quality }]
  })
  const wanted = (ranges.length > 0 ? ranges : parseAccept('*/*')).filter((range) => range.quality > 0)
  return [...wanted].sort((a, b) => b.quality - a.quality)
}

const SHAPES = new Set(['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'])

/** The best form that we have. Protobuf answers are never given: clients that ask for them take JSON as well. Throws 406. */
export function negotiate(header: string | undefined): Format {
  for (const { type, params } of parseAccept(header)) {
    const media = mediaOf(type)
    if (!media) continue
    const { as, g, v } = params
    if (as === undefined) return { media }
    if (!SHAPES.has(as) || g !== 'meta.k8s.io' || (v !== 'v1' && v !== 'v1beta1')) continue
    return { media, as: as as NonNullable<Format['as']>, version: v }
  }
  throw notAcceptable(['application/json', 'application/yaml'])
}

function mediaOf(type: string): Format['media'] | undefined {
  if (type === 'application/json' || type === '*/*' || type === 'application/*') return 'json'
  return type === 'application/yaml' ? 'yaml' : undefined
}
