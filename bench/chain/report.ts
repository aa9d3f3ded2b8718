// The figures as Markdown.

export interface Results {
  readonly machine: string
  readonly date: string
  readonly rounds: number
  readonly h2load: string
  readonly peers: readonly { readonly name: string; readonly version: string }[]
  readonly scenarios: readonly {
    readonly id: string
    readonly title: string
    readonly unit: string
    readonly better: 'more' | 'less'
    /** Per peer, in the order of `peers`: the figure that counts first. */
    readonly figures: readonly (readonly number[])[]
  }[]
}

/** How much better than the first peer, 1 being equal. */
export function ratio(results: Results, scenario: number, peer: number): number {
  const { figures, better } = results.scenarios[scenario] ?? { figures: [], better: 'more' }
  const [own, first] = [figures[peer]?.[0] ?? Number.NaN, figures[0]?.[0] ?? Number.NaN]
  return better === 'more' ? own / first : first / own
}

function figure(id: string, [value = Number.NaN, second = Number.NaN]: readonly number[]): string {
  if (id === 'pace') return `${value.toFixed(2)} (${second.toFixed(2)})`
  if (id === 'idle') return value.toFixed(1)
  return Math.round(value).toLocaleString('en')
}

/** A table with a row per scenario and a column per peer, and what it was measured on. */
export function report(results: Results): string {
  const { peers, scenarios, machine, date, rounds, h2load } = results
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    `${date}; ${machine}; medians of ${rounds} interleaved round${rounds === 1 ? '' : 's'}; load by h2load ${h2load} and the program behind on the other core. In brackets: how much better than ${peers[0]?.name ?? ''}.`,
    '',
    row(['', ...peers.map(({ name, version }) => `${name} ${version}`)]),
    row(['---', ...peers.map(() => '---:')]),
    ...scenarios.map(({ id, title, unit, figures }, at) =>
      row([
        `${title}: ${unit}`,
        ...figures.map((one, peer) =>
          one.length === 0 ? '' : `${figure(id, one)} [${ratio(results, at, peer).toFixed(2)}]`,
        ),
      ]),
    ),
  ].join('\n')
}
