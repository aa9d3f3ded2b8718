import { describe, expect, it } from 'vitest'
import { pod } from '../testing/objects.ts'
import { listeningPorts, parseImage, runnableOf } from './image.ts'

describe('parseImage', () => {
  it.each([
    ['httpbin', 'httpbin', 'httpbin', undefined],
    ['kennethreitz/httpbin:latest', 'kennethreitz/httpbin', 'httpbin', 'latest'],
    ['registry.example:5000/team/app:1.2', 'team/app', 'app', '1.2'],
    ['localhost/app', 'app', 'app', undefined],
    ['example.org/a/b/c@sha256:0123', 'a/b/c', 'c', undefined],
    ['a/b:v1@sha256:0123', 'a/b', 'b', 'v1'],
  ])('%s', (image, repository, name, tag) => {
    expect(parseImage(image)).toEqual({ repository, name, ...(tag ? { tag } : {}) })
  })
})

describe('runnableOf', () => {
  const of = (image: string, extra = {}, annotations = {}, images = {}) => {
    const container = { name: 'main', image, ...extra }
    return runnableOf(pod('p', { containers: [container], annotations }), container, images)
  }
  it('knows the httpbin family from any registry', () => {
    for (const image of [
      'kennethreitz/httpbin',
      'registry.example/kong/httpbin:0.1',
      'my/httpbin@sha256:00',
    ]) {
      expect(of(image)).toEqual({ kind: 'program', name: 'httpbin', ports: [80], args: ['httpbin'] })
    }
    expect(of('mccutchen/go-httpbin:v2')).toMatchObject({
      name: 'httpbin',
      ports: [8080],
      args: ['go-httpbin'],
    })
  })
  it('reads the port from the command line', () => {
    const command = ['gunicorn', '-b', '0.0.0.0:8000', 'httpbin:app']
    expect(of('kennethreitz/httpbin', { command })).toMatchObject({
      ports: [8000],
      args: ['httpbin', ...command],
    })
    expect(of('hashicorp/http-echo', { args: ['-listen=:9000', '-text=hi'] })).toMatchObject({
      ports: [9000],
    })
  })
  it('sleeps in tool images unless they are given a command of this machine', () => {
    expect(of('curlimages/curl')).toMatchObject({ name: 'sleep', args: ['infinity'] })
    expect(of('busybox', { command: ['/bin/sleep', '3600'] })).toMatchObject({
      name: 'sleep',
      args: ['3600'],
    })
    expect(of('busybox', { command: ['sh', '-c'], args: ['true'] })).toEqual({
      kind: 'command',
      command: ['sh', '-c', 'true'],
      ports: [],
    })
  })
  it('takes the most exact mapping, before built-in programs, with the args appended', () => {
    const images = {
      httpbin: { command: ['a'] },
      'my/httpbin': { command: ['b'] },
      'my/httpbin:2': { command: ['c'], ports: [1] },
    }
    expect(of('x.io/my/httpbin:2', { args: ['-v'] }, {}, images)).toEqual({
      kind: 'command',
      command: ['c', '-v'],
      ports: [1],
    })
    expect(of('x.io/my/httpbin:1', {}, {}, images)).toMatchObject({ command: ['b'] })
    expect(of('httpbin', {}, {}, images)).toMatchObject({ command: ['a'] })
  })
  it('takes the annotation before everything', () => {
    expect(of('anything', {}, { 'sallyport.dev/command': '["node", "a b.js"]' })).toMatchObject({
      command: ['node', 'a b.js'],
    })
    expect(of('anything', {}, { 'sallyport.dev/command.main': 'python3 -m http.server' })).toMatchObject({
      command: ['python3', '-m', 'http.server'],
    })
    expect(of('anything', {}, { 'sallyport.dev/command.other': 'x' })).toBeUndefined()
  })
  it('leaves proxies to the engine and knows nothing of other images', () => {
    expect(of('istio/proxyv2:1.31')).toEqual({ kind: 'engine' })
    expect(of('nginx')).toBeUndefined()
  })
})

describe('listeningPorts', () => {
  it('finds nothing where nothing is said', () => {
    expect(listeningPorts(['-k', 'gevent'])).toBeUndefined()
    expect(listeningPorts(['-port', '8081'])).toEqual([8081])
    expect(listeningPorts(['-b', '[::]:80'])).toEqual([80])
  })
})
