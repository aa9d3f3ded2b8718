// exec and port-forward by real kubectl binaries: SPDY with the old ones, WebSocket and SPDY in WebSocket with the new ones.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ApiError } from '../../src/apiserver/client.ts'
import type { PodStreams } from '../../src/apiserver/pod-streams.ts'
import { kubeconfig } from '../../src/apiserver/testing/test-pki.ts'
import { startTestServer, type TestServer } from '../../src/apiserver/testing/test-server.ts'
import { POD } from '../../src/resources/kinds.ts'
import type { KubeObject } from '../../src/resources/object.ts'
import { type Kubectl, kubectl, kubectlBinaries } from './kubectl.ts'

/** Runs commands on this machine; container `none` has no process. */
const exec: PodStreams['exec'] = async (_namespace, _pod, { command, container }) => {
  if (container === 'none') throw new ApiError(400, 'BadRequest', 'container "none" has no process')
  const [program = '', ...args] = command
  const child = spawn(program, args)
  child.stdin.on('error', () => undefined)
  const exited = once(child, 'exit').then(([code]) => Number(code))
  return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, exited, kill: () => child.kill() }
}

describe.each(kubectlBinaries())('%s', (binary) => {
  let server: TestServer
  let web: Server
  let k: Kubectl
  beforeAll(async () => {
    web = createServer((request, response) => {
      request.resume().on('end', () => response.end(`hello ${request.url}`))
    }).listen(0, '127.0.0.1')
    await once(web, 'listening')
    const { port } = web.address() as AddressInfo
    const dial: PodStreams['dial'] = async (_namespace, _pod, asked) => {
      if (asked !== 80) throw new Error('connection refused')
      const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
      await once(socket, 'connect')
      return socket
    }
    server = await startTestServer({ podStreams: { exec, dial } })
    const containers = ['one', 'none'].map((name) => ({ name, image: name }))
    await server.client.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'default' },
      spec: { containers },
    } as KubeObject)
    const pod = await server.client.get(POD, 'p', 'default')
    await server.client.updateStatus({
      ...pod,
      status: { phase: 'Running', podIP: '10.0.0.1' },
    } as KubeObject)
    k = kubectl(binary, kubeconfig(server.url, server.pki, server.pki.client('admin', 'system:masters')))
  })
  afterAll(async () => {
    k.dispose()
    await server.close()
    web.close()
  })

  it('runs a command: both outputs and the exit code', async () => {
    expect(await k.run("exec p -c one -- sh -c 'echo out; echo err >&2'")).toMatchObject({
      code: 0,
      out: 'out\n',
      err: 'err\n',
    })
    const failed = await k.run("exec p -c one -- sh -c 'echo last; exit 7'")
    expect(failed).toMatchObject({ code: 7, out: 'last\n' })
    expect(failed.err).toContain('command terminated with exit code 7')
  })

  it('takes stdin to its end, and large amounts', async () => {
    expect((await k.run('exec -i p -c one -- cat', { input: 'a\nb' })).out).toBe('a\nb')
    const input = 'x'.repeat(300_000)
    expect((await k.run('exec -i p -c one -- wc -c', { input })).out.trim()).toBe('300000')
    expect((await k.run("exec p -c one -- sh -c 'head -c 2000000 /dev/zero'")).out.length).toBe(2_000_000)
  })

  it('says why a command cannot be run', async () => {
    const { code, err } = await k.run('exec p -c none -- true')
    expect(code).toBe(1)
    expect(err).toContain('container "none" has no process')
    expect((await k.run('exec missing -- true')).err).toContain('pods "missing" not found')
  })

  it('forwards a port for several connections, and survives a refused one', async () => {
    const child = kubectlForward(binary, k)
    try {
      const [good, bad] = await child.ports
      for (const path of ['/a', '/b', '/c']) {
        const answer = await fetch(`http://127.0.0.1:${good}${path}`, { headers: { connection: 'close' } })
        expect(await answer.text()).toBe(`hello ${path}`)
      }
      await expect(fetch(`http://127.0.0.1:${bad}/`)).rejects.toThrow()
    } finally {
      await child.end()
    }
  })
})

/** `kubectl port-forward` of ports 80 and 81 to free ports of this machine. */
function kubectlForward(
  binary: string,
  k: Kubectl,
): { readonly ports: Promise<readonly number[]>; end(): Promise<void> } {
  const child = spawn(binary, ['--kubeconfig', k.config, 'port-forward', 'p', ':80', ':81'])
  const exited = once(child, 'exit')
  let text = ''
  const ports = new Promise<readonly number[]>((resolve, reject) => {
    const take = (chunk: Buffer): void => {
      text += String(chunk)
      const found = ['80', '81'].map(
        (port) => new RegExp(`127\\.0\\.0\\.1:(\\d+) -> ${port}\\n`).exec(text)?.[1],
      )
      if (found.every((one) => one !== undefined)) resolve(found.map(Number))
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    void exited.then(() => reject(new Error(text)))
  })
  return {
    ports,
    end: async () => {
      child.kill()
      await exited
    },
  }
}
