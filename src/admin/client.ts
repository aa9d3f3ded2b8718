// Talks to the admin socket of a running cluster.
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { UserError } from '../control/user-error.ts'

/** Sends one request; resolves with the response, whose body is still to be read. Throws UserError when nobody answers. */
function send(socketPath: string, method: string, path: string, body?: unknown): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ socketPath, method, path, host: 'admin' }, resolve)
    request.on('error', (error) => {
      reject(
        new UserError(
          `the cluster does not answer on ${socketPath}: ${error.message}`,
          'See its log in logs/sallyport.log of its data folder, or start it again with `sallyport up`.',
          error,
        ),
      )
    })
    request.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

/** The text of an answer. */
export async function adminText(
  socket: string,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<string> {
  const response = await send(socket, method, path, body)
  let text = ''
  response.setEncoding('utf8')
  for await (const chunk of response) text += chunk
  if (response.statusCode === 422) {
    const { message, advice } = JSON.parse(text) as { readonly message: string; readonly advice?: string }
    throw new UserError(message, advice)
  }
  if (response.statusCode !== 200) throw new UserError(`the cluster answered: ${text.trim()}`)
  return text
}

/** The value of a JSON answer. */
export async function adminJson<T>(
  socket: string,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<T> {
  return JSON.parse(await adminText(socket, method, path, body)) as T
}

/** The values of an answer that has one JSON text per line, as they come. */
export async function* adminLines<T>(socket: string, path: string): AsyncGenerator<T> {
  const response = await send(socket, 'GET', path)
  response.setEncoding('utf8')
  let rest = ''
  for await (const chunk of response) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line) as T
  }
}
