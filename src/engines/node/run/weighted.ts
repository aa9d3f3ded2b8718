// A draw by weight.

/** An index into `choices`, drawn by weight; 0 means never, unless there is only one. */
export function pickWeighted(choices: readonly { readonly weight: number }[], random: () => number): number {
  if (choices.length === 1) return 0
  let at = random() * choices.reduce((sum, { weight }) => sum + weight, 0)
  for (const [index, { weight }] of choices.entries()) {
    if (weight === 0) continue
    at -= weight
    if (at < 0) return index
  }
  return choices.findLastIndex(({ weight }) => weight > 0)
}
