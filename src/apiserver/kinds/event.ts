// Event: what happened to an object. Kept for an hour, served under two groups.
import { EVENT } from '../../resources/kinds.ts'
import type { KubeObject } from '../../resources/object.ts'
import type { FieldError, KindDefinition } from '../kind.ts'
import { builtinVersion } from '../openapi/builtin-schema.ts'
import { formatAge } from '../table/age.ts'
import { invalid, required } from '../validation/field-error.ts'
import { qualifiedName } from '../validation/names.ts'
import { column, NAME } from './columns.ts'
import { eventFromStorage, eventToStorage } from './event-faces.ts'

interface Event extends KubeObject {
  readonly involvedObject?: Readonly<Record<string, string | undefined>>
  readonly reason?: string
  readonly action?: string
  readonly message?: string
  readonly type?: string
  readonly count?: number
  readonly firstTimestamp?: string | null
  readonly lastTimestamp?: string | null
  readonly eventTime?: string | null
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string }
  readonly source?: { readonly component?: string; readonly host?: string }
  readonly reportingComponent?: string
  readonly reportingInstance?: string
}
const asEvent = (object: KubeObject): Event => object as Event

const INVOLVED = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath']
const HOUR = 3600
const MAX_TEXT = 1024
const MAX_NAME = 128

export const eventKind: KindDefinition = {
  ref: EVENT,
  singular: 'event',
  listKind: 'EventList',
  shortNames: ['ev'],
  categories: [],
  versions: [
    builtinVersion('', 'v1', 'Event'),
    builtinVersion('events.k8s.io', 'v1', 'Event', {
      toStorage: eventToStorage,
      fromStorage: eventFromStorage,
    }),
  ],
  subresources: {},
  builtin: true,
  allowCreateOnUpdate: true,
  ttlSeconds: HOUR,

  // fields that Go always writes
  default: (object) => {
    const event = asEvent(object)
    return {
      ...event,
      involvedObject: event.involvedObject ?? {},
      source: event.source ?? {},
      firstTimestamp: event.firstTimestamp ?? null,
      lastTimestamp: event.lastTimestamp ?? null,
      eventTime: event.eventTime ?? null,
      reportingComponent: event.reportingComponent ?? '',
      reportingInstance: event.reportingInstance ?? '',
    } as Event
  },

  validate: (object) => eventErrors(asEvent(object)),

  selectableFields: {
    ...Object.fromEntries(
      INVOLVED.map((name) => [
        `involvedObject.${name}`,
        (object: KubeObject) => asEvent(object).involvedObject?.[name] ?? '',
      ]),
    ),
    reason: (object) => asEvent(object).reason ?? '',
    reportingComponent: (object) => asEvent(object).reportingComponent ?? '',
    source: (object) => asEvent(object).source?.component || asEvent(object).reportingComponent || '',
    type: (object) => asEvent(object).type ?? '',
  },

  table: {
    columns: [
      column('Last Seen', 'string', 'When it was last observed.'),
      column('Type', 'string', 'Normal or Warning.'),
      column('Reason', 'string', 'Why, in one word.'),
      column('Object', 'string', 'What it is about.'),
      column('Subobject', 'string', 'The part that it is about.', 1),
      column('Source', 'string', 'Who reports it.', 1),
      column('Message', 'string', 'What happened.'),
      column('First Seen', 'string', 'When it was first observed.', 1),
      column('Count', 'string', 'How often it was observed.', 1),
      { ...NAME, priority: 1 },
    ],
    cells: (object, now) => {
      const event = asEvent(object)
      const { involvedObject = {}, series } = event
      const seen = (time: string | null | undefined): string => formatAge(time ?? undefined, now)
      const first = seen(event.firstTimestamp ?? event.eventTime)
      const last = series
        ? seen(series.lastObservedTime)
        : event.lastTimestamp
          ? seen(event.lastTimestamp)
          : first
      const kind = (involvedObject['kind'] ?? '').toLowerCase()
      return [
        last,
        event.type ?? '',
        event.reason ?? '',
        involvedObject['name'] ? `${kind}/${involvedObject['name']}` : kind,
        involvedObject['fieldPath'] ?? '',
        [event.source?.component || event.reportingComponent, event.source?.host || event.reportingInstance]
          .filter(Boolean)
          .join(', '),
        (event.message ?? '').trim(),
        first,
        series?.count ?? (event.count || 1),
        object.metadata.name,
      ]
    },
  },
}

/** Events with an eventTime are of the newer sort, and must be complete. */
function eventErrors(event: Event): FieldError[] {
  const { namespace = '' } = event.metadata
  const about = event.involvedObject?.['namespace'] ?? ''
  const newer = event.eventTime !== null && event.eventTime !== undefined
  const clusterWide = newer ? ['default', 'kube-system'] : ['default', '']
  const errors: FieldError[] = []
  if (about === '' ? !clusterWide.includes(namespace) : about !== namespace) {
    errors.push(invalid('involvedObject.namespace', about, 'does not match event.namespace'))
  }
  if (!newer) return errors
  const { reportingComponent = '', reportingInstance = '', action = '', reason = '', message = '' } = event
  errors.push(
    ...present('reportingController', reportingComponent, undefined),
    ...(reportingComponent
      ? qualifiedName(reportingComponent).map((text) =>
          invalid('reportingController', reportingComponent, text),
        )
      : []),
    ...present('reportingInstance', reportingInstance, MAX_NAME),
    ...present('action', action, MAX_NAME),
    ...present('reason', reason, MAX_NAME),
    ...(message.length > MAX_TEXT ? [invalid('message', '', `can have at most ${MAX_TEXT} characters`)] : []),
  )
  return errors
}

function present(field: string, value: string, max: number | undefined): FieldError[] {
  if (!value) return [required(field)]
  if (max !== undefined && value.length > max) {
    return [invalid(field, '', `can have at most ${max} characters`)]
  }
  return []
}
