"""How the page of quality control looks: light and dark, on a phone and in print, also to the colour-blind."""

STYLE = """\
:root { color-scheme: light dark; --paper: #ffffff; --panel: #f5f6f8; --ink: #16181d; --faint: #5a6070;
  --line: #d9dce3; --accent: #0a63a8; --soft: #dcebf7; --bad: #b3261e; --bad-soft: #fbe9e7; --warn: #8a5a00;
  --warn-soft: #fdf2dc; --good: #0b6e4f; --good-soft: #e0f3ec }
@media (prefers-color-scheme: dark) { :root { --paper: #14161a; --panel: #1d2026; --ink: #eceef2; --faint: #a3a9b8;
  --line: #363b46; --accent: #6db7f2; --soft: #1b3247; --bad: #ff8a80; --bad-soft: #3d1d1c; --warn: #f0b95a;
  --warn-soft: #3a2c12; --good: #5fd0a8; --good-soft: #14352b } }
* { box-sizing: border-box }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100% }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto } }
body { margin: 0 auto; max-width: 76rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif }
h1 { font-size: 1.75rem; line-height: 1.2; margin: .2rem 0 .4rem; letter-spacing: -.01em; overflow-wrap: anywhere }
h2 { font-size: 1.25rem; margin: 2.6rem 0 .8rem; overflow-wrap: anywhere }
h3 { font-size: 1rem; margin: 1.6rem 0 .5rem; overflow-wrap: anywhere }
p { margin: .4rem 0; max-width: 68ch }
a { color: var(--accent) }
a:focus-visible, [tabindex]:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
.faint, figcaption, .eyebrow { color: var(--faint) }
.eyebrow { font-size: .8rem; letter-spacing: .04em; text-transform: uppercase; margin: 0 }
.banner { border-left: 4px solid var(--c); background: var(--b); border-radius: 4px; padding: .7rem 1rem;
  margin: .8rem 0; print-color-adjust: exact }
.banner p { margin: 0; max-width: none } .banner strong { color: var(--c) }
.good { --c: var(--good); --b: var(--good-soft) } .bad { --c: var(--bad); --b: var(--bad-soft) }
.warn { --c: var(--warn); --b: var(--warn-soft) } .calm { --c: var(--accent); --b: var(--soft) }
.tiles { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); margin: 1.2rem 0;
  padding: 0; list-style: none }
.tiles li { background: var(--panel); border-radius: 8px; padding: .7rem .9rem; print-color-adjust: exact }
.tiles b { display: block; font-size: 1.45rem; line-height: 1.25; font-weight: 650; font-variant-numeric: tabular-nums }
.tiles li.alarm b { color: var(--bad) } .tiles span { color: var(--faint); font-size: .85rem }
.badge { display: inline-block; border-radius: 999px; padding: .05rem .6rem; font-size: .78rem; font-weight: 600;
  color: var(--c); background: var(--b); vertical-align: middle; white-space: nowrap; print-color-adjust: exact }
.list { list-style: none; padding: 0; margin: .6rem 0 }
.list li { padding: .45rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere }
.list li:last-child { border-bottom: 1px solid var(--line) }
.list .badge { margin-right: .5rem }
.scroll { overflow-x: auto; margin: .6rem 0 }
table { border-collapse: collapse; font-size: .86rem; font-variant-numeric: tabular-nums }
caption { text-align: left; font-weight: 600; padding: .2rem 0 .4rem; font-size: .92rem }
th, td { padding: .35rem 0 .35rem 1.3rem; text-align: right; vertical-align: baseline; white-space: nowrap }
th:first-child { padding-left: 0 } th:first-child, .text { text-align: left }
thead th { color: var(--faint); font-weight: 600; border-bottom: 1px solid var(--line); vertical-align: bottom;
  white-space: normal }
tbody tr + tr > * { border-top: 1px solid var(--line) } tbody th { font-weight: 500 }
table.wide :is(th, td) { padding-left: .8rem } table.wide th:first-child { padding-left: 0 }
table.wide td.text { white-space: normal } table.wide td .badge { margin: .05rem 0 }
td.alarm { color: var(--bad); font-weight: 650 }
.side { display: grid; gap: 0 2.5rem; align-items: start;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 34rem), 1fr)) }
.side > .scroll { min-width: 0 } .side > .scroll:first-child { grid-column: 1 / -1 }
.charts { display: grid; gap: 1rem 1.4rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)) }
figure { margin: .4rem 0; min-width: 0; break-inside: avoid } figcaption { font-size: .85rem; margin-top: .1rem }
figure b { font-size: .92rem }
svg.chart { display: block; width: 100%; max-width: 34rem; height: auto; print-color-adjust: exact }
svg.timeline { max-width: 62rem; min-width: 40rem } svg.share { width: 6rem; height: .8rem; vertical-align: -.15em }
svg text { font: 10.5px system-ui, sans-serif; fill: var(--faint) } svg .word { fill: var(--ink) }
svg .rule, svg .base { fill: none; stroke: var(--line); stroke-width: 1 } svg .base { stroke: var(--faint) }
svg .bar { fill: var(--accent) } svg .bar.off { fill: var(--bad) } svg .band { fill: var(--soft) }
svg .upright, svg .mark { fill: none; stroke: var(--ink); stroke-width: 1; stroke-dasharray: 3 3 }
svg .mark { stroke: var(--faint); stroke-dasharray: none } svg .dot { fill: var(--accent) }
svg .interval { stroke: var(--accent); stroke-width: 2.5 }
svg .rest { fill: var(--soft) } svg .away { fill: var(--warn-soft) }
.dots { fill: none; stroke-linecap: round; stroke-width: 6 }
.dots.right, .dots.wrong { stroke: var(--accent) } .dots.hole { stroke: var(--paper); stroke-width: 3 }
.dots.none { stroke: var(--warn); stroke-linecap: square } .dots.off { stroke: var(--bad); stroke-width: 11 }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; list-style: none; padding: 0; margin: .3rem 0;
  font-size: .82rem; color: var(--faint) }
.legend svg { width: 1rem; height: 1rem; vertical-align: -.2em; margin-right: .3em }
.strip { display: grid; grid-template-columns: repeat(auto-fill, 11px); gap: 2px; margin: .2rem 0 .7rem }
.strip i, .swatch { height: 16px; border-radius: 2px; background: var(--accent); print-color-adjust: exact }
.strip .p3 { opacity: .75 } .p2 { opacity: .5 } .strip .p1 { opacity: .3 }
.strip .p0, .swatch.p0 { background: none; border: 2px solid var(--bad) }
.swatch { display: inline-block; width: 11px; vertical-align: -.25em; margin-right: .4em }
details { padding: .45rem 0; border-bottom: 1px solid var(--line) } details .list { margin-left: 1.2rem }
summary { cursor: pointer } summary .badge { margin-right: .5rem }
blockquote { margin: .6rem 0; max-width: 52rem; padding: .9rem 1.1rem; background: var(--panel); border-radius: 8px;
  font-family: Georgia, "Times New Roman", serif; font-size: 1rem; line-height: 1.6; print-color-adjust: exact }
blockquote p { max-width: none; overflow-wrap: anywhere; margin: 0 } blockquote p + p { margin-top: .8rem }
dl { display: grid; gap: .5rem 1.4rem; margin: .8rem 0;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)) }
dt { color: var(--faint); font-size: .82rem } dd { margin: 0; overflow-wrap: anywhere }
code { font: .86em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere }
section.session { border-top: 2px solid var(--line); margin-top: 2.6rem }
section.session > h2 { margin-top: 1.2rem } h2 .badge, h3 .badge { margin-left: .4rem }
@media print { body { padding: 0; max-width: none; font-size: 9.5pt } a { color: inherit; text-decoration: none }
  section.session { break-before: page } .scroll { overflow: visible } table { font-size: 8pt } nav { display: none }
  .charts { grid-template-columns: repeat(3, 1fr) } tr, li, .banner, blockquote { break-inside: avoid }
  svg.timeline { min-width: 0 } }
"""
