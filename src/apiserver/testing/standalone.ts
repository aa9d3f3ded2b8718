// An API server as a process of its own, for whole-process tests: `node standalone.mjs FILE`; says on stdout, as one line of JSON, how to reach it.
import { startApiServer } from '../server.ts'
import { kubeconfig, testPki } from './test-pki.ts'

const file = process.argv[2]
const pki = await testPki()
const server = await startApiServer({
  store: file === undefined ? 'memory' : { file },
  listen: { host: '127.0.0.1', port: 0 },
  tls: pki.server,
  serviceCidr: '10.96.0.0/16',
  report: (problem) => console.error(problem),
})
const admin = pki.client('admin', 'system:masters')
console.log(
  JSON.stringify({
    port: server.port,
    ca: pki.ca,
    ...admin,
    kubeconfig: kubeconfig(server.url, pki, admin),
  }),
)
process.on('SIGTERM', () => {
  server.close().then(
    () => process.exit(0),
    () => process.exit(1),
  )
})
