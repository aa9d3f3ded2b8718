// The picture as a page of its own: nothing is loaded from elsewhere, and what the picture shows stands below it in words.
import type { Graph } from './graph.ts'
import { sentences } from './sentences.ts'
import { xml } from './svg.ts'

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 ui-sans-serif, 'DejaVu Sans', sans-serif; }
body { margin: 1.5rem; }
figure { margin: 0; overflow-x: auto; }
svg { max-width: none; }
@media print { svg { max-width: 100%; height: auto; } }
`

/** A whole HTML document. */
export function htmlPage(svg: string, graph: Graph): string {
  const broken = graph.edges.filter((edge) => edge.broken).length
  const verdict =
    broken === 0 ? 'Every arrow works.' : `${broken} ${broken === 1 ? 'arrow is' : 'arrows are'} broken.`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>sallyport: who reaches what</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Who reaches what</h1>
<p>${verdict}</p>
<figure>
${svg}</figure>
<h2>In words</h2>
<ul>
${sentences(graph)
  .map((sentence) => `<li>${xml(sentence)}</li>`)
  .join('\n')}
</ul>
</body>
</html>
`
}
