// Plays steps in a shell, printing each command as a reader would type it and what it really printed.
import pc from 'picocolors'
import type { Step } from './script.ts'
import type { DemoShell } from './shell.ts'

export interface PlayOptions {
  readonly print: (text: string) => void
  /** Waited for after each step. */
  readonly pause?: () => Promise<void>
}

/** A command that did not do what it had to. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed'
}

/** Resolves with everything the commands printed. Throws StepFailed at the first command that fails or prints something else than it must. */
export async function play(shell: DemoShell, steps: readonly Step[], options: PlayOptions): Promise<string> {
  let section = ''
  let printed = ''
  for (const step of steps) {
    if (step.section !== section) {
      section = step.section
      options.print(`\n${pc.bold(pc.underline(section))}\n`)
    }
    options.print(`\n${pc.dim(`# ${step.title}`)}\n`)
    for (const { text, expect } of step.commands) {
      options.print(`${pc.green('$')} ${pc.bold(text)}\n`)
      const { output, code } = await shell.run(text)
      printed += output
      options.print(output === '' || output.endsWith('\n') ? output : `${output}\n`)
      if (code !== 0)
        throw new StepFailed(
          `this ${text.startsWith('! ') ? 'had to be refused' : `ended with code ${code}`}: ${text}`,
        )
      if (expect !== undefined && !output.includes(expect))
        throw new StepFailed(`the output had to hold "${expect}": ${text}`)
    }
    await options.pause?.()
  }
  return printed
}
