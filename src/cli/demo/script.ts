// Reads test/article/*.sh as steps: `## section`, `#: what the commands do`, commands, `#= text that the output must hold`.

export interface Step {
  readonly section: string
  readonly title: string
  readonly commands: readonly ScriptCommand[]
}

export interface ScriptCommand {
  /** As a reader types it; several lines when it has a here-document. */
  readonly text: string
  readonly expect?: string
}

/** The steps of a script in their order. Lines outside of steps (the head, `set -e`) are left out. */
export function readScript(script: string): readonly Step[] {
  const steps: { section: string; title: string; commands: { text: string; expect?: string }[] }[] = []
  let section = ''
  const lines = script.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const step = steps.at(-1)
    if (line.startsWith('## ')) section = line.slice(3)
    else if (line.startsWith('#: ')) steps.push({ section, title: line.slice(3), commands: [] })
    else if (line.startsWith('#= ')) {
      const command = step?.commands.at(-1)
      if (command) command.expect = line.slice(3)
    } else if (line !== '' && !line.startsWith('#') && step) {
      const end = line.includes('<<EOF') ? lines.indexOf('EOF', at) : at
      step.commands.push({ text: lines.slice(at, end + 1).join('\n') })
      at = end
    }
  }
  return steps
}
