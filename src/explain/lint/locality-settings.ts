// The places of a DestinationRule where a locality setting stands, each with whether endpoints that fail are found out there.
import type { DestinationRule, LocalitySetting, PortPolicy } from '../../resources/destination-rule.ts'

export interface LocalityPlace {
  readonly setting: LocalitySetting
  /** The path of the setting. */
  readonly field: string
  readonly detectsFailure: boolean
}

const at = (
  policy: PortPolicy | undefined,
  inherited: PortPolicy | undefined,
  field: string,
): readonly LocalityPlace[] => {
  const setting = policy?.loadBalancer?.localityLbSetting
  const outlier = policy?.outlierDetection ?? inherited?.outlierDetection
  return setting === undefined
    ? []
    : [
        {
          setting,
          field: `${field}.loadBalancer.localityLbSetting`,
          detectsFailure: outlier !== undefined,
        },
      ]
}

/** Settings of a port stand alone; those of a subset take what they lack from the host's for the same port. */
export function localityPlaces({ spec }: DestinationRule): readonly LocalityPlace[] {
  const host = spec?.trafficPolicy
  const hostPort = (number: number | undefined): PortPolicy | undefined =>
    host?.portLevelSettings?.find(({ port }) => port?.number === number) ?? host
  return [
    ...at(host, undefined, 'spec.trafficPolicy'),
    ...(host?.portLevelSettings ?? []).flatMap((one, index) =>
      at(one, undefined, `spec.trafficPolicy.portLevelSettings[${index}]`),
    ),
    ...(spec?.subsets ?? []).flatMap(({ trafficPolicy }, subset) => {
      const field = `spec.subsets[${subset}].trafficPolicy`
      return [
        ...at(trafficPolicy, host, field),
        ...(trafficPolicy?.portLevelSettings ?? []).flatMap((one, index) =>
          at(one, hostPort(one.port?.number), `${field}.portLevelSettings[${index}]`),
        ),
      ]
    }),
  ]
}
