// default-server: the hosts of the Ingress answer for names that nobody has.
import { annotation } from '../annotation.ts'
import { readEntries } from '../entries.ts'
import { bool } from '../values.ts'

export const defaultServer = annotation({
  name: 'default-server',
  syntax: 'enabled=<bool>',
  doc: 'Makes the first host of the Ingress the default of the load balancer: on port 80 its rules answer for every host that no rule has; on 443 its certificate is shown to clients that send no server name or one that nobody has, and they get the page for unknown hosts. Of several the first host by name counts.',
  read: (text) => {
    const { entries, faults } = readEntries(text, { mandatory: { enabled: bool }, optional: {} })
    const last = entries.at(-1)
    return { faults, ...(last?.enabled === true ? { ingress: { defaultServer: true } } : {}) }
  },
})
