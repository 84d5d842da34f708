package export

// style is the look of the page that stands alone: both color schemes, and paper.
const style = `<style>
:root{color-scheme:light dark;--ink:light-dark(#1b1d22,#eceef1);--soft:light-dark(#5f6570,#a3a9b4);--line:light-dark(#e3e5e9,#33373f);--paper:light-dark(#fff,#17191d)}
*{box-sizing:border-box}
body{margin:0 auto;padding:3rem 1.5rem 5rem;max-width:46rem;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.75rem;line-height:1.2;letter-spacing:-.02em;margin:0 0 .5rem}
h2{font-size:1.125rem;margin:2.5rem 0 .75rem;padding-top:1rem;border-top:1px solid var(--line)}
h3{font-size:1rem;margin:1.25rem 0 .25rem}
h3 small,li small{font-weight:400;color:var(--soft);margin-inline-start:.5rem}
p,ul,blockquote,pre{margin:.25rem 0 .75rem}
.told{color:var(--soft);font-size:.875rem}
.day{color:var(--soft);font-size:.875rem;font-weight:500}
.plain{white-space:pre-line}
table{border-collapse:collapse;width:100%;margin-top:1rem;font-size:.9375rem}
th,td{text-align:start;vertical-align:top;padding:.35rem .75rem .35rem 0;border-bottom:1px solid var(--line)}
th{font-weight:400;color:var(--soft);width:11rem}
body>ol{list-style:none;margin:0;padding:0}
body>ol>li{display:grid;grid-template-columns:3.5rem minmax(0,1fr);padding:.4rem 0}
time{color:var(--soft);font-variant-numeric:tabular-nums}
.note{border-inline-start:2px solid var(--line);padding-inline-start:.75rem;color:var(--soft)}
blockquote{border-inline-start:2px solid var(--line);margin-inline:0;padding-inline-start:.75rem}
pre{border:1px solid var(--line);border-radius:6px;padding:.6rem .75rem;font-size:.8125rem;white-space:pre-wrap}
img{display:block;max-width:100%;height:auto;margin:.5rem 0;border:1px solid var(--line);border-radius:8px}
a{color:inherit}
@media print{:root{color-scheme:light}body{padding:0;max-width:none;font-size:11pt}li,section,img,tr{break-inside:avoid}h2,h3{break-after:avoid}}
</style>`
