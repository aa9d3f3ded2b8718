// Starts a program that cannot outlive this process, not even a killed one.
import { type ChildProcess, spawn } from 'node:child_process'

/** Fd 3 is the life line: when its other end closes because we are gone, the program ends. `wait` returns early on a trapped signal, hence the loop. */
const GUARD = `
"$@" 3<&- &
child=$!
( trap '' TERM INT; read -r _ <&3; kill -TERM $child; sleep 1; kill -KILL $child ) </dev/null >/dev/null 2>&1 &
watch=$!
exec 3<&-
trap 'kill -TERM $child 2>/dev/null' TERM INT
while :; do wait $child; code=$?; kill -0 $child 2>/dev/null || break; done
kill -KILL $watch 2>/dev/null
exit $code
`

/** A process in a group of its own, so that Ctrl-C on our terminal does not reach it. SIGTERM is handed on. */
export function spawnGuarded(program: string, args: readonly string[]): ChildProcess {
  return spawn('/bin/sh', ['-c', GUARD, 'sh', program, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
}

/** SIGKILL to everything that was started. */
export function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}
