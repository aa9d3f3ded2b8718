// proxy-add-headers: request headers set on the way to a service.
import type { AnnotationFault, ServiceSettings } from '../../settings.ts'
import { annotation } from '../annotation.ts'
import { isHeaderName, readBlocks } from '../header-block.ts'
import { translateVariables } from '../nginx-variables.ts'

export const proxyAddHeaders = annotation({
  name: 'proxy-add-headers',
  syntax: 'serviceName=<service> {\n<Name> <value>;\n}',
  doc: 'Sets request headers on the way to the service. Values may hold nginx variables ($host, $remote_addr, $scheme, $request_uri, $request_id, $server_port, $http_<header>, $ssl_client_escaped_cert, $ssl_client_s_dn and the like); a line with another variable is left out.',
  read: (text) => {
    const { blocks, faults: broken } = readBlocks(text)
    const faults: AnnotationFault[] = [...broken]
    const services = blocks.map(({ services: names, lines }) => {
      const requestHeaders: [string, string][] = []
      for (const line of lines) {
        const space = line.search(/\s/)
        const name = line.slice(0, space)
        const value = translateVariables(
          line
            .slice(space + 1)
            .trim()
            .replace(/^"(.*)"$/, '$1'),
        )
        if (space < 0 || !isHeaderName(name))
          faults.push({ message: `line "${line}" is not <Name> <value>; it is left out.` })
        else if ('unknown' in value)
          faults.push({
            message: `line "${line}" uses $${value.unknown}, which is not known; it is left out.`,
          })
        else requestHeaders.push([name.toLowerCase(), value.value])
      }
      return { names, settings: { requestHeaders } satisfies ServiceSettings }
    })
    return { services, faults }
  },
})
