// The shape of a catalogue entry.

/** What the catalogue says of a code; `explanation` and `fix` are the text of docs/diagnostics.md and of `sallyport why`. */
export interface CodeEntry {
  readonly severity: 'error' | 'warning' | 'info'
  readonly title: string
  readonly explanation: string
  readonly fix: string
  /** Codes of Istio's analyzers that say the same or less. */
  readonly istio?: readonly string[]
}
