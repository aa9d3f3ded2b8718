// Explains what stands in x-sallyport-reason, or after RESPONSE_FLAGS: diagnostic codes, response flags, details.
import { type Code, catalogue } from '../../diagnostics/catalogue.ts'
import type { CodeEntry } from '../../diagnostics/code-entry.ts'
import { type ResponseFlag, responseFlags } from '../flags.ts'
import { meaningOf } from './details.ts'

export interface Explained {
  readonly word: string
  readonly kind: 'code' | 'flag' | 'details'
  readonly title: string
  readonly text: string
  readonly fix: string
}

/** Where the first thing to look at is, for flags that come without details. */
const FLAG_FIX: Partial<Record<ResponseFlag, string>> = {
  NR: 'Trace the request: `sallyport trace URL` shows which host, path or SNI is not served.',
  NC: 'Name an existing Service (and subset) as destination.',
  UH: 'Check the selector of the Service and the readiness of its pods.',
  UF: 'Check port, certificate, trust and SNI between the door and its upstream: `sallyport trace URL` shows the handshake.',
  UT: 'Raise the timeout, or speed the application up.',
  UAEX: 'Allow the caller in an AuthorizationPolicy.',
}

const isCode = (word: string): word is Code => word in catalogue
const isFlag = (word: string): word is ResponseFlag => word in responseFlags

/** Every word of a reason that is known; empty when none is. `URX,UF upstream_reset_…{…}` has three. */
export function explainReason(reason: string): readonly Explained[] {
  return reason
    .split(/[\s,]+(?![^{]*\})/)
    .filter((word) => word !== '' && word !== '-')
    .flatMap((word) => explainWord(word) ?? [])
}

function explainWord(word: string): Explained | undefined {
  const upper = word.toUpperCase()
  if (isCode(upper)) {
    const { title, explanation, fix }: CodeEntry = catalogue[upper]
    return { word: upper, kind: 'code', title, text: explanation, fix }
  }
  if (isFlag(upper)) {
    const text = responseFlags[upper]
    const [title = text] = text.split(': ')
    return { word: upper, kind: 'flag', title, text, fix: FLAG_FIX[upper] ?? '' }
  }
  const meaning = meaningOf(word)
  return (
    meaning && { word, kind: 'details', title: meaning.meaning, text: meaning.meaning, fix: meaning.change }
  )
}
