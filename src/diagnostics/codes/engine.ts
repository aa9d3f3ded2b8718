// SP08xx: engines and what happens to requests at run time.
import type { CodeEntry } from '../code-entry.ts'

export const engineCodes = {
  SP0801: {
    severity: 'error',
    title: 'The engine refused the configuration',
    explanation:
      'The engine rejected one resource of the model. The last good one stays in force, everything else is applied.',
    fix: 'Correct the object named in the message.',
  },
  SP0802: {
    severity: 'warning',
    title: 'This engine cannot do this',
    explanation: 'The feature is in the model but the chosen engine has no way to carry it out.',
    fix: 'Use the other engine or remove the feature.',
  },
  SP0803: {
    severity: 'error',
    title: 'The address cannot be bound',
    explanation: 'Another process holds the address and port of this listener.',
    fix: 'Stop that process or choose another port.',
  },
  SP0804: {
    severity: 'error',
    title: 'sallyport has failed to take up a change',
    explanation:
      'A bug in sallyport made the step from objects to model fail. The last good model stays in force, so traffic goes on as before the change.',
    fix: 'Undo the last change, and report the message as a bug.',
  },
  SP0805: {
    severity: 'error',
    title: 'A worker of the Node engine has ended',
    explanation:
      'One of the processes that share the listeners (`up --workers`) has crashed, was killed, or stood still for ten seconds and was killed for it. Its connections are lost; the others go on, new connections are taken by them, and another process takes its place, after a pause that grows while workers keep ending.',
    fix: 'If nobody killed it, and it was not out of memory, report the message as a bug.',
  },
  SP0806: {
    severity: 'warning',
    title: 'The collector does not take spans',
    explanation:
      'Spans could not be sent to the collector. They are lost and counted (sallyport_spans_total); requests are not held up. It is said once, until spans arrive again.',
    fix: 'Start the collector, or correct the provider: its service, port and path must be those of an OTLP/HTTP receiver.',
  },
} satisfies Record<string, CodeEntry>
