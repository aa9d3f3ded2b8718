// Holds what really happened against what a trace predicted.
import type { Outcome } from './hop.ts'

/** What a real request met. */
export type LiveAnswer =
  | { readonly kind: 'answer'; readonly status: number; readonly reason?: string; readonly location?: string }
  /** The connection or the handshake ended without an answer. */
  | { readonly kind: 'refused'; readonly message: string }

/** The difference in words, or undefined when the prediction held. An application's status is its own affair. */
export function difference(predicted: Outcome, live: LiveAnswer): string | undefined {
  const expectsAnswer = predicted.kind === 'upstream' || predicted.status !== undefined
  if (live.kind === 'refused')
    return expectsAnswer
      ? `predicted ${sayPrediction(predicted)}, but the connection was refused: ${live.message}`
      : undefined
  if (!expectsAnswer) return `predicted ${sayPrediction(predicted)}, but the answer was ${live.status}`
  if (predicted.kind === 'upstream')
    return live.reason === undefined
      ? undefined
      : `predicted an answer of the application, but a door answered ${live.status} (${live.reason})`
  if (predicted.status !== live.status)
    return `predicted ${sayPrediction(predicted)}, but the answer was ${live.status}`
  if (predicted.location !== undefined && live.location !== predicted.location)
    return `predicted a redirect to ${predicted.location}, but it goes to ${live.location ?? 'nowhere'}`
  return undefined
}

function sayPrediction(outcome: Outcome): string {
  if (outcome.kind === 'upstream') return 'an answer of the application'
  return outcome.status === undefined ? `a refusal (${outcome.summary})` : `status ${outcome.status}`
}
