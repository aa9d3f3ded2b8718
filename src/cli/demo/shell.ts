// One bash for a whole demo: each command sees what the ones before it exported.
import { type ChildProcess, spawn } from 'node:child_process'
import type { Writable } from 'node:stream'

export interface Outcome {
  /** stdout and stderr as they came. */
  readonly output: string
  readonly code: number
}

/** Record separator: nothing that a command of the demo prints. */
const MARK = '\u001e'

/** Reads commands from descriptor 3, each ended by a zero byte, and says after each with which code it ended. */
const READER = `exec 2>&1
while IFS= read -r -d '' command <&3; do
  eval "$command" </dev/null 3<&-
  printf '${MARK}%d${MARK}' $?
done`

export class DemoShell {
  readonly #child: ChildProcess
  readonly #commands: Writable
  #output = ''
  #waiting: { resolve: (outcome: Outcome) => void; reject: (error: Error) => void } | undefined

  constructor(cwd: string, env: NodeJS.ProcessEnv) {
    this.#child = spawn('bash', ['-c', READER], { cwd, env, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
    this.#commands = this.#child.stdio[3] as Writable
    this.#child.on('error', (error) => this.#waiting?.reject(error))
    this.#child.on('exit', (code) => this.#waiting?.reject(new Error(`bash ended with code ${code}`)))
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8')
      stream?.on('data', (text: string) => this.#take(text))
    }
    // What is written to a shell that has ended: its end is told by 'exit'.
    this.#commands.on('error', () => undefined)
  }

  run(command: string): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#commands.write(`${command}\0`)
    })
  }

  close(): void {
    this.#waiting = undefined
    this.#commands.end()
    this.#child.kill()
  }

  #take(text: string): void {
    this.#output += text
    const match = new RegExp(`${MARK}(\\d+)${MARK}`).exec(this.#output)
    if (!match) return
    const output = this.#output.slice(0, match.index)
    this.#output = this.#output.slice(match.index + match[0].length)
    this.#waiting?.resolve({ output, code: Number(match[1]) })
    this.#waiting = undefined
  }
}
