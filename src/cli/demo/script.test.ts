import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageRoot } from '../../control/package-root.ts'
import { readScript } from './script.ts'

describe('readScript', () => {
  it('reads sections, steps, here-documents and expectations', () => {
    const steps = readScript(
      [
        'set -e',
        '## One',
        '#: do it',
        'a',
        'b -f - <<EOF',
        'x: 1',
        '',
        'EOF',
        '#= yes',
        '',
        '#: again',
        'c',
      ].join('\n'),
    )
    expect(steps).toEqual([
      {
        section: 'One',
        title: 'do it',
        commands: [{ text: 'a' }, { text: 'b -f - <<EOF\nx: 1\n\nEOF', expect: 'yes' }],
      },
      { section: 'One', title: 'again', commands: [{ text: 'c' }] },
    ])
  })

  it('finds every command of the article', () => {
    const script = readFileSync(join(packageRoot, 'test', 'article', 'article.sh'), 'utf8')
    const commands = readScript(script).flatMap((step) => step.commands.map((command) => command.text))
    expect(commands.filter((text) => text.startsWith('kubectl apply'))).toHaveLength(4)
    expect(commands.filter((text) => text.startsWith('curl https://'))).toHaveLength(3)
    expect(commands.join('\n')).not.toContain('#:')
  })
})
