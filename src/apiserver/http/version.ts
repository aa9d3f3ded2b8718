// GET /version: a real Kubernetes minor, because clients and charts compare it, with our name behind it.

const MINOR = '35'

/** The document; `buildName` comes after the `+` of gitVersion. */
export function versionDocument(buildName: string): object {
  return {
    major: '1',
    minor: MINOR,
    emulationMajor: '1',
    emulationMinor: MINOR,
    minCompatibilityMajor: '1',
    minCompatibilityMinor: '34',
    gitVersion: `v1.${MINOR}.0+${buildName}`,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: `node${process.versions.node}`,
    compiler: 'node',
    platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
  }
}
