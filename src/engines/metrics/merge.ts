// Prometheus text of many as one: a scraper takes each family once.

/** Several expositions as one: each family once, with the samples of all. */
export function mergeExpositions(texts: readonly string[]): string {
  const families = new Map<string, string[]>()
  for (const text of texts) {
    let family: string[] = []
    let help: string[] = []
    for (const line of text.split('\n')) {
      const name = /^# TYPE (\S+)/.exec(line)?.[1]
      if (name !== undefined) {
        family = families.get(name) ?? [...help, line]
        families.set(name, family)
        help = []
      } else if (line.startsWith('# HELP ')) help = [line]
      else if (line !== '' && !line.startsWith('#')) family.push(line)
    }
  }
  return [...families.values()].flatMap((lines) => lines.map((line) => `${line}\n`)).join('')
}
