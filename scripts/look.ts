/**
 * Shows Markdown as GitHub does: `npm run look` for samples of what the actions publish, `npm run look -- FILE...` for
 * files. Writes a page and two pictures of each to `.cache/look`, in light and dark; these need Chromium on the PATH. A Mermaid
 * chart is drawn where MERMAID names a `mermaid.min.js`. `npm run look -- --docs` makes the pictures in `docs/images` again.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { marked } from 'marked';
import { docsPictures, samples } from './look/samples.ts';

const FOLDER = join(import.meta.dirname, '../.cache/look');
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome'];
const IMAGES = join(import.meta.dirname, '../docs/images');
const PAGE = { width: 1012, height: 2100 };
const DOCS_WIDTH = 900;

type Theme = 'light' | 'dark';
type Size = typeof PAGE;
// As GitHub shows a comment: its fonts, its table, its folded parts; here they are open, so that all of it is seen.
const STYLE = `
  body { font: 14px/1.5 -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; margin: 24px; color: #1f2328; }
  table { border-collapse: collapse; display: block; max-width: 100%; overflow: auto; }
  th, td { border: 1px solid #d1d9e0; padding: 6px 13px; vertical-align: top; }
  tr:nth-child(2n) { background: #f6f8fa; }
  code, pre { font: 85% ui-monospace, SFMono-Regular, Menlo, monospace; background: #818b981f; border-radius: 6px; }
  code { padding: .2em .4em; } pre { padding: 12px; overflow: auto; } a { color: #0969da; }
`;
const DARK = `
  body { background: #0d1117; color: #f0f6fc; } th, td { border-color: #3d444d; } tr:nth-child(2n) { background: #151b23; }
  code, pre { background: #656c7633; } a { color: #4493f8; }
`;

const files = process.argv.slice(2).filter((argument) => argument !== '--docs');
const isForDocs = process.argv.includes('--docs');
const texts =
  files.length > 0
    ? files.map((file) => ({
        name: basename(file).replace(/\.md$/, ''),
        markdown: readFileSync(file, 'utf8'),
      }))
    : samples();
mkdirSync(FOLDER, { recursive: true });
if (isForDocs) {
  for (const { name, markdown, height } of docsPictures()) {
    show(name, toHtml(markdown), 'light', join(IMAGES, `${name}.png`), { width: DOCS_WIDTH, height });
  }
} else {
  for (const { name, markdown } of texts) {
    const html = toHtml(markdown).replaceAll('<details>', '<details open>');
    for (const theme of ['light', 'dark'] as const) {
      show(name, html, theme, join(FOLDER, `${name}-${theme}.png`), PAGE);
    }
  }
}

function toHtml(markdown: string): string {
  return marked
    .parse(markdown, { async: false, gfm: true })
    .replaceAll(
      /<pre><code class="language-mermaid">(.*?)<\/code><\/pre>/gs,
      '<pre class="mermaid">$1</pre>',
    );
}

function show(name: string, html: string, theme: Theme, picture: string, size: Size): void {
  const page = join(FOLDER, `${name}-${theme}.html`);
  const style = `<style>${STYLE}${theme === 'dark' ? DARK : ''}</style>`;
  const head = `<!doctype html><meta charset="utf-8"><title>${name}</title>${style}`;
  writeFileSync(page, `${head}${html}${drawCharts(theme)}`);
  console.log(takePicture(page, picture, size) ? picture : `${page} (no picture: no Chromium on the PATH)`);
}

/** What GitHub's own page does to a chart. */
function drawCharts(theme: Theme): string {
  const { MERMAID: library } = process.env;
  if (library === undefined) return '';
  const settings = JSON.stringify({ startOnLoad: true, theme: theme === 'dark' ? 'dark' : 'default' });
  return `<script src="file://${library}"></script><script>mermaid.initialize(${settings})</script>`;
}

function takePicture(page: string, picture: string, { width, height }: Size): boolean {
  const options = [
    '--headless',
    '--no-sandbox',
    '--hide-scrollbars',
    '--allow-file-access-from-files',
    '--virtual-time-budget=10000',
    `--window-size=${width},${height}`,
  ];
  for (const browser of BROWSERS) {
    try {
      execFileSync(browser, [...options, `--screenshot=${picture}`, `file://${page}`], { stdio: 'ignore' });
      return true;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  return false;
}
