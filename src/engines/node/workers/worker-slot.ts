// One place for a worker: keeps a process in it, starting another when one ends by itself.
import { type ChildProcess, fork, type SendHandle } from 'node:child_process'
import type { Order, Word } from './messages.ts'
import type { SocketHandle } from './shared-sockets.ts'
import { Watchdog } from './watchdog.ts'

export interface SlotOptions {
  readonly entry: string
  /** How long a worker may say nothing before it is killed, ms; 0: for ever. */
  readonly silenceMs: number
  /** What a new worker is told first. */
  readonly greet: (slot: WorkerSlot) => void
  readonly heard: (slot: WorkerSlot, word: Word) => void
  /** It has ended by itself; `how` is one sentence about it. Another is started after `pauseMs`. */
  readonly lost: (slot: WorkerSlot, how: string, pauseMs: number) => void
}

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 10_000
/** A worker that ran this long did not fail at its start. */
const HEALTHY_MS = 10_000
/** Beyond its drain time, how long a worker may take to end before it is killed. */
const GRACE_MS = 2_000
/** Of what a worker wrote before it ended, this much is told. */
const LAST_WORDS = 4_000

export class WorkerSlot {
  readonly index: number
  /** Of processes that ended by themselves. */
  restarts = 0
  state: 'starting' | 'running' | 'waiting' | 'stopped' = 'starting'
  private readonly options: SlotOptions
  private child: ChildProcess | undefined
  private failures = 0
  private retry: NodeJS.Timeout | undefined

  constructor(index: number, options: SlotOptions) {
    this.index = index
    this.options = options
    this.start()
  }

  get pid(): number | undefined {
    return this.child?.pid
  }

  /** Nothing happens while there is no worker: the next is greeted with all that counts. `failed`: it did not leave. */
  send(order: Order, handle?: SocketHandle, failed: () => void = () => undefined): void {
    // A channel that breaks is the end of the worker, which is noticed.
    if (!this.child?.connected) return
    this.child.send(order, handle as unknown as SendHandle, (error) => {
      if (error !== null) failed()
    })
  }

  /** Resolves when its process is gone. */
  async stop(drainMs: number): Promise<void> {
    this.state = 'stopped'
    clearTimeout(this.retry)
    const { child } = this
    if (child === undefined) return
    const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
    this.send({ kind: 'close', drainMs })
    const force = setTimeout(() => child.kill('SIGKILL'), drainMs + GRACE_MS)
    await gone
    clearTimeout(force)
  }

  private start(): void {
    this.state = 'starting'
    const begun = performance.now()
    const child = fork(this.options.entry, [], {
      serialization: 'advanced',
      // Not those of this process, which may be a test runner's.
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    this.child = child
    let said = ''
    let silent = false
    const { silenceMs } = this.options
    const watchdog =
      silenceMs === 0
        ? undefined
        : new Watchdog(silenceMs, () => {
            silent = true
            // It does not get round to anything gentler.
            child.kill('SIGKILL')
          })
    child.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-LAST_WORDS)
    })
    child.on('message', (message) => {
      const word = message as Word
      watchdog?.heard()
      if (word.kind === 'ready' && this.state === 'starting') this.state = 'running'
      this.options.heard(this, word)
    })
    // A process that could not be started, or a channel that broke: `close` follows.
    child.on('error', (error) => {
      said ||= error.message
    })
    child.once('close', (code, signal) => {
      watchdog?.stop()
      this.child = undefined
      if (this.state === 'stopped') return
      if (performance.now() - begun > HEALTHY_MS) this.failures = 0
      const how = silent
        ? `said nothing for ${silenceMs} ms and was killed`
        : `ended ${howEnded(code, signal, said)}`
      this.ended(`worker ${this.index} (pid ${child.pid}) ${how}`)
    })
    this.options.greet(this)
  }

  private ended(how: string): void {
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** this.failures, LONGEST_PAUSE_MS)
    this.failures += 1
    this.restarts += 1
    this.state = 'waiting'
    this.retry = setTimeout(() => this.start(), pauseMs)
    this.options.lost(this, how, pauseMs)
  }
}

function howEnded(code: number | null, signal: string | null, said: string): string {
  const how = signal === null ? `with code ${code}` : `by ${signal}`
  return said === '' ? how : `${how}: ${said.trim()}`
}
