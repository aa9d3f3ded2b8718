// The import table of docs/architecture.md, enforced. Default deny: a folder that has no row here may import nothing.
const rooms = {
  diagnostics: [],
  ir: ['diagnostics'],
  resources: ['diagnostics', 'ir'],
  compile: ['resources', 'ir', 'diagnostics'],
  explain: ['ir', 'resources', 'diagnostics'],
  pki: ['diagnostics', 'ir'],
  dns: ['diagnostics'],
  apiserver: ['resources', 'diagnostics'],
  cluster: ['apiserver', 'resources', 'diagnostics'],
  iks: ['apiserver', 'resources', 'pki', 'dns', 'diagnostics'],
  sources: ['resources', 'apiserver', 'diagnostics'],
  status: ['resources', 'apiserver', 'diagnostics'],
  control: [
    'sources',
    'compile',
    'engines',
    'explain',
    'status',
    'cluster',
    'iks',
    'pki',
    'dns',
    'apiserver',
    'resources',
    'ir',
    'diagnostics',
  ],
  admin: ['control', 'explain', 'engines', 'apiserver', 'resources', 'ir', 'diagnostics'],
  cli: [
    'admin',
    'control',
    'compile',
    'explain',
    'engines',
    'sources',
    'iks',
    'pki',
    'dns',
    'apiserver',
    'cluster',
    'resources',
    'ir',
    'diagnostics',
  ],
}
const engineRooms = ['node', 'envoy']
const own = (name) => `^src/${name}/`
const pure = '^src/(diagnostics|ir|resources|compile|explain|engines/[^/]+/lower)/'
const tests = '\\.test\\.ts$|/testing/'

export default {
  allowed: [
    ...Object.entries(rooms).map(([room, may]) => ({
      from: { path: own(room) },
      to: { path: [own(room), ...may.map(own)] },
    })),
    // An engine sees the model, the contract and what both count alike, never its sibling.
    {
      from: { path: '^src/engines/[^/]+\\.ts$' },
      to: { path: ['^src/engines/[^/]+\\.ts$', own('ir'), own('diagnostics')] },
    },
    { from: { path: own('engines/metrics') }, to: { path: [own('engines/metrics'), own('ir')] } },
    ...engineRooms.map((engine) => ({
      from: { path: own(`engines/${engine}`) },
      to: {
        path: [
          own(`engines/${engine}`),
          own('engines/metrics'),
          '^src/engines/[^/]+\\.ts$',
          own('ir'),
          own('diagnostics'),
        ],
      },
    })),
    { from: { path: '^src/' }, to: { dependencyTypes: ['npm', 'npm-dev', 'core'] } },
    { from: { path: tests }, to: {} },
  ],
  allowedSeverity: 'error',
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'pure-layers-have-no-io',
      comment: 'diagnostics, ir, resources, compile, explain and engines/*/lower are functions over data',
      severity: 'error',
      from: { path: pure, pathNot: tests },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'lower-does-not-see-run',
      severity: 'error',
      from: { path: '^src/engines/([^/]+)/lower/', pathNot: tests },
      to: { path: '^src/engines/$1/run/' },
    },
    {
      name: 'no-dev-dependencies',
      severity: 'error',
      from: { path: '^src/', pathNot: tests },
      to: { dependencyTypes: ['npm-dev'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
}
