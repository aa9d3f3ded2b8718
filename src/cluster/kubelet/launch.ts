// Starts the process of a container so that it cannot outlive this process, not even a killed one.
import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import type { Duplex } from 'node:stream'

export interface LaunchOptions {
  /** Program and arguments. */
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** `built-in`: one of our programs, which watches the life line itself and says when it is ready. */
  readonly kind: 'built-in' | 'foreign'
  /** Stdin is a pipe (exec) instead of /dev/null. */
  readonly stdin?: boolean
}

export interface Exit {
  /** 128 + signal number when killed by a signal, as shells say it. */
  readonly code: number
  readonly signal?: number
}

/** A started process with everything it started in turn (one process group). */
export interface Launched {
  readonly pid: number
  readonly child: ChildProcess
  /** A built-in program listens; a foreign one has been started. */
  readonly ready: Promise<void>
  readonly exited: Promise<Exit>
  /** SIGTERM goes to the program, SIGKILL to the whole group. */
  kill(signal: 'SIGTERM' | 'SIGKILL'): void
}

/**
 * The guard of foreign commands. Fd 3 is the life line: when its other end closes because we are gone, the whole group ends. It is a shell
 * because a shell costs a megabyte where a second Node would cost forty. `wait` returns early on a trapped signal, hence the loop.
 */
const GUARD = `
child= early=
trap 'early=1; test -z "$child" || kill -TERM $child 2>/dev/null' TERM INT
"$@" 3<&- <&4 4<&- &
child=$!
test -z "$early" || kill -TERM $child
exec 4<&-
( trap '' TERM INT; read -r _ <&3; kill -TERM -$$; sleep 1; kill -KILL -$$ ) </dev/null >/dev/null 2>&1 &
watch=$!
exec 3<&-
while :; do wait $child; code=$?; kill -0 $child 2>/dev/null || break; done
kill -KILL $watch 2>/dev/null
exit $code
`

/** Starts a process; throws nothing: a command that cannot be started exits with 127 or 126 and says why on stderr. */
export function launch(options: LaunchOptions): Launched {
  const [program = '', ...args] = options.command
  const guarded = options.kind === 'foreign'
  const child = spawn(
    guarded ? '/bin/sh' : program,
    guarded ? ['-c', `exec 4<&0\n${GUARD}`, 'sh', program, ...args] : args,
    {
      env: options.env,
      cwd: options.cwd,
      // A group of its own, so that one signal reaches everything below, and Ctrl-C on our terminal does not.
      detached: true,
      stdio: [options.stdin ? 'pipe' : 'ignore', 'pipe', 'pipe', 'pipe'],
    },
  )
  const lifeline = child.stdio[3] as Duplex | null
  lifeline?.on('error', () => undefined)
  let gone = false
  const exited = new Promise<Exit>((resolve) => {
    let failed = false
    child.once('error', () => {
      failed = true
      gone = true
      resolve({ code: 127 })
    })
    // `close` comes after the last byte of output; `exit` first, if a grandchild keeps the pipes open.
    child.once('exit', (code, signal) => {
      if (failed) return
      gone = true
      // As in a container: when the first process ends, everything it left behind ends.
      signalGroup(child.pid)
      const number = signal === null ? undefined : constants.signals[signal]
      const exit = { code: code ?? 128 + (number ?? 0), ...(number === undefined ? {} : { signal: number }) }
      const late = setTimeout(() => resolve(exit), 200)
      child.once('close', () => {
        clearTimeout(late)
        resolve(exit)
      })
    })
  })
  const ready = guarded
    ? Promise.resolve()
    : new Promise<void>((resolve) => {
        lifeline?.once('data', () => resolve())
        child.once('error', () => resolve())
        child.once('exit', () => resolve())
      })
  return {
    pid: child.pid ?? 0,
    child,
    ready,
    exited,
    kill: (signal) => {
      // The number of a process that is gone may be somebody else's by now.
      if (child.pid === undefined || gone) return
      try {
        process.kill(signal === 'SIGKILL' ? -child.pid : child.pid, signal)
      } catch {
        // Gone in this moment.
      }
    },
  }
}

function signalGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody is left.
  }
}
