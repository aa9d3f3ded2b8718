// sallyport graph: the picture of the user's own objects, from the client to the service.
import { type Command, Option } from 'commander'
import { createCompiler } from '../../compile/compile.ts'
import { buildGraph } from '../../explain/graph/build-graph.ts'
import { htmlPage } from '../../explain/graph/html-page.ts'
import { mermaidText } from '../../explain/graph/mermaid.ts'
import { svgText } from '../../explain/graph/svg.ts'
import { printJson } from '../output-option.ts'
import { placeGraph } from '../place-graph.ts'
import { addObjectOptions, type ObjectOptions, readObjects } from '../read-objects.ts'

interface GraphOptions extends ObjectOptions {
  readonly output: 'svg' | 'html' | 'mermaid' | 'json'
}

export function register(command: Command): void {
  addObjectOptions(command)
    .addOption(
      new Option('-o, --output <format>', 'what to draw')
        .choices(['svg', 'html', 'mermaid', 'json'])
        .default('mermaid'),
    )
    .addHelpText(
      'after',
      `
Examples:
  $ sallyport graph -o svg -f manifests/ > entrance.svg
  $ sallyport graph -o mermaid`,
    )
    .action(graph)
}

async function graph(options: GraphOptions): Promise<void> {
  const { snapshot } = await readObjects(options)
  const data = buildGraph(createCompiler().compile(snapshot).model, snapshot.time)
  if (options.output === 'json') printJson(data)
  else if (options.output === 'mermaid') process.stdout.write(mermaidText(data))
  else {
    const svg = svgText(await placeGraph(data))
    process.stdout.write(options.output === 'svg' ? svg : htmlPage(svg, data))
  }
}
