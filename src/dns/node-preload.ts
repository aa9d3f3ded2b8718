// The file that NODE_OPTIONS makes every Node program load inside the cluster: Node 20 knows no proxy variables, so sockets ask the proxy where a name is.
// Written as text because it runs in programs that are not ours, by whatever Node they run on (20 and later).

/** The path under which the proxy answers where `?host=…&port=…` is. */
export const LOCATE_PATH = '/.well-known/sallyport/locate'

/** CommonJS source for `node --require`: sockets to names and addresses of the cluster go to their real places; TLS and everything above stay untouched. */
export function nodePreload(proxy: { readonly host: string; readonly port: number }): string {
  return `'use strict'
// Written by sallyport: lets Node programs reach the names of the cluster. See NODE_OPTIONS.
const net = require('node:net')
const proxy = ${JSON.stringify({ host: proxy.host, port: proxy.port })}
const direct = new Set(['localhost', '127.0.0.1', '::1'])
const connect = net.Socket.prototype.connect

function locate(host, port, done) {
  const socket = new net.Socket()
  let answer = ''
  socket.setEncoding('utf8')
  socket.setTimeout(5000, () => socket.destroy(new Error('timeout')))
  socket.on('data', (text) => { answer += text })
  socket.on('error', () => done(undefined))
  socket.on('end', () => {
    try { done(JSON.parse(answer.slice(answer.indexOf('\\r\\n\\r\\n')))) } catch { done(undefined) }
  })
  connect.call(socket, proxy.port, proxy.host)
  const query = 'host=' + encodeURIComponent(host) + '&port=' + port
  socket.write('GET ${LOCATE_PATH}?' + query + ' HTTP/1.1\\r\\nHost: sallyport\\r\\nConnection: close\\r\\n\\r\\n')
}

net.Socket.prototype.connect = function (...args) {
  const normalized = Array.isArray(args[0]) ? args[0] : net._normalizeArgs(args)
  const options = normalized[0]
  const host = options.host
  if (options.path || !host || direct.has(host) || (host === proxy.host && Number(options.port) === proxy.port)) {
    return connect.call(this, normalized)
  }
  this.connecting = true
  locate(host, options.port, (found) => {
    if (this.destroyed) return
    if (found && found.refused) {
      this.connecting = false
      const error = new Error('connect ' + host + ':' + options.port + ': ' + found.refused)
      this.destroy(Object.assign(error, { code: 'ENOTFOUND', syscall: 'connect', hostname: host }))
      return
    }
    // No answer: the cluster is down, the program goes its own way.
    if (found) normalized[0] = Object.assign({}, options, { host: found.host, port: found.port })
    connect.call(this, normalized)
  })
  return this
}
`
}
