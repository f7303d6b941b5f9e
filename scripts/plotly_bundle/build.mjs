// Writes ../../assets/vendor/plotly.min.js. Needed only when entry.js or the version of plotly.js changes:
// the result is committed, since a machine that runs the cockpit has no Node.
import {build} from 'esbuild';
import {readFileSync} from 'node:fs';

const {version} = JSON.parse(readFileSync('node_modules/plotly.js/package.json', 'utf8'));

await build({
  entryPoints: ['entry.js'],
  outfile: '../../assets/vendor/plotly.min.js',
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2020',
  define: {global: 'window'},
  legalComments: 'none',
  loader: {'.css': 'empty'}, // the stylesheet of the map traces that are left out
  banner: {
    js: `/* plotly.js ${version}, a selection of traces; MIT, Copyright (c) Plotly, Inc. See NOTICE. */`,
  },
});
