// Entry point of every built-in program's process. Its start decides the cold start of pods: only the chosen program is loaded.
import { startLifeline } from './lifeline.ts'

const [name = '', ...args] = process.argv.slice(2)
const lifeline = startLifeline()

switch (name) {
  case 'httpbin':
    ;(await import('./httpbin/serve.ts')).serveHttpbin(args, lifeline)
    break
  case 'http-echo':
    ;(await import('./http-echo.ts')).serveHttpEcho(args, lifeline)
    break
  case 'echo-basic':
    ;(await import('./echo-basic.ts')).serveEchoBasic(lifeline)
    break
  case 'sleep':
    ;(await import('./sleep.ts')).sleep(args, lifeline)
    break
  default:
    process.stderr.write(`unknown program: ${name}\n`)
    process.exit(127)
}
