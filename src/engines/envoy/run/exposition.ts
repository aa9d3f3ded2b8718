// Prometheus text of our own making, and labels on that of Envoys.

export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const escape = (text: string): string =>
  text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')

/** One metric family; empty when it has no sample. */
export function exposition(
  name: string,
  type: 'gauge' | 'counter',
  help: string,
  samples: readonly Sample[],
): string {
  if (samples.length === 0) return ''
  const lines = samples.map(({ labels, value }) => {
    const text = Object.entries(labels).map(([key, one]) => `${key}="${escape(one)}"`)
    return `${name}{${text.join(',')}} ${value}\n`
  })
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

/** The same text with one more label on every sample. */
export function labelled(text: string, label: string, value: string): string {
  const pair = `${label}="${escape(value)}"`
  return text
    .split('\n')
    .map((line) =>
      line === '' || line.startsWith('#')
        ? line
        : line.replace(/^([A-Za-z_:][\w:]*)(?:\{(.*)\})? /, (_, name: string, labels?: string) =>
            labels ? `${name}{${labels},${pair}} ` : `${name}{${pair}} `,
          ),
    )
    .join('\n')
}
