// What `up` and `status` print of a running cluster.
import pc from 'picocolors'
import type { Door, Summary } from '../../control/running.ts'

/** Lines of label and value, ready for a terminal. */
export function summaryText(summary: Summary): string {
  const rows: [string, string][] = [
    ['API server', summary.apiServer],
    ...summary.doors.map((door): [string, string] => [
      door.kind === 'alb' ? 'ALB' : 'gateway',
      doorText(door, summary.name),
    ]),
    ['kubeconfig', summary.kubeconfig],
  ]
  return rows.map(([label, value]) => `  ${pc.dim(label.padEnd(11))}${value}\n`).join('')
}

function doorText(door: Door, cluster: string): string {
  const where =
    door.https === `${door.address}:443` ? door.address : `${door.address} (443 is at ${door.https})`
  if (door.domain === undefined) {
    const register = `ibmcloud ks nlb-dns create classic --cluster ${cluster} --ip ${door.address} --secret-namespace istio-system`
    return `${where}, no domain yet: ${register}`
  }
  const status = door.status === undefined || door.status === 'created' ? '' : `, certificate ${door.status}`
  return `${pc.bold(door.domain)} -> ${where}${status}`
}

/** The next command to type, as a reader would type it. */
export function nextCommand(summary: Summary, options: { readonly data?: string }): string {
  const flags = [
    summary.name === 'mycluster' ? '' : ` --name ${summary.name}`,
    options.data === undefined ? '' : ` --data ${options.data}`,
  ].join('')
  return `Next: ${pc.bold(`sallyport shell${flags}`)}   (kubectl, curl and ibmcloud are at home there)\n`
}
