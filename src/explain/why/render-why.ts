// What happened to a request, and what single words of it mean, as text.
import type { Paint } from '../paint.ts'
import { type Explained, explainReason } from './explain-reason.ts'
import type { LoggedHop } from './logged-hop.ts'

/** Explained words, a paragraph each. */
export function renderExplained(words: readonly Explained[], paint: Paint): string {
  return words
    .map(({ word, kind, title, text, fix }) =>
      [
        `${paint.bold(word)}  ${title}`,
        ...(kind === 'code' || text !== title ? [`  ${text}`] : []),
        ...(fix === '' ? [] : [`  change  ${fix}`]),
        '',
      ].join('\n'),
    )
    .join('\n')
}

/** The hops of a request with what each of them says, the innermost failure explained. */
export function renderHops(hops: readonly LoggedHop[], paint: Paint): string {
  const lines = hops.map((hop, index) => {
    const bad = hop.status >= 400 || hop.status === 0
    const what = [hop.status === 0 ? 'no answer' : hop.status, hop.flags, hop.details]
      .filter(Boolean)
      .join(' ')
    return [
      `${bad ? paint.bad('✗') : paint.good('✓')} ${index + 1}  ${paint.bold(hop.proxy)}  ${what}  ${paint.dim(`${hop.time}, ${Math.round(hop.durationMs)} ms`)}`,
      ...(hop.method === undefined || hop.method === '-'
        ? [`     connection   SNI ${hop.sni ?? 'none'}`]
        : [`     request      ${hop.method} ${hop.authority ?? ''}${hop.path ?? ''}`]),
      ...(hop.routeName === undefined ? [] : [`     route        ${hop.routeName}`]),
      ...(hop.upstreamHost === undefined
        ? []
        : [`     upstream     ${[hop.upstreamCluster, hop.upstreamHost].filter(Boolean).join(' → ')}`]),
      ...(hop.transportFailure === undefined ? [] : [`     transport    ${paint.bad(hop.transportFailure)}`]),
    ].join('\n')
  })
  const words = explainHops(hops)
  return `${[...lines, ...(words.length > 0 ? [renderExplained(words, paint)] : [])].join('\n\n').trimEnd()}\n`
}

/** What the innermost door that failed says, explained; of a door that writes no flags nothing is known here. */
export function explainHops(hops: readonly LoggedHop[]): readonly Explained[] {
  const deepest = hops.findLast(({ status, flags }) => status === 0 || status >= 400 || flags !== undefined)
  return explainReason([deepest?.flags, deepest?.details].filter(Boolean).join(' '))
}
