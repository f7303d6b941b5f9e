// The traces that the cockpit draws, and nothing that needs WebGL.
var Plotly = require('plotly.js/lib/core');

Plotly.register([
  require('plotly.js/lib/bar'),
  require('plotly.js/lib/box'),
  require('plotly.js/lib/choropleth'),
  require('plotly.js/lib/funnel'),
  require('plotly.js/lib/heatmap'),
  require('plotly.js/lib/pie'),
  require('plotly.js/lib/scattergeo'),
  require('plotly.js/lib/scatterpolar'),
  require('plotly.js/lib/treemap'),
  require('plotly.js/lib/waterfall'),
  require('plotly.js/lib/locales/zh-cn'),
]);

// A choropleth asks a public server for the outline of the world even when it draws its own regions;
// an empty outline keeps every request at home (plotly.js issue 6767).
window.PlotlyGeoAssets = {
  topojson: {world_110m: {type: 'Topology', objects: {}, arcs: []}},
};
window.Plotly = Plotly;
