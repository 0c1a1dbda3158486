/** The page's style: tokens, type, print. Colour means a member port, nothing else; one red exists, for ! alone. */
export const PAGE_CSS = `
/* tokens ------------------------------------------------------------- */
:root{color-scheme:light dark;--bg:#fbfbf9;--soft:#f1f2ef;--ink:#15181b;--ink2:#454c53;--ink3:#626970;--rule:#d8dbd9;--rule2:#848c93;--bad:#b3261e;--on-bad:#fff;--mark:#fff3bf;--p0:#22398a;--p1:#cf7a10;--p2:#17806a;--p3:#a54fb5;--p4:#66700f;--p5:#2b95c0;--p6:#6b2117;--p7:#7d828a;--on0:#fbfbf9;--on1:#15181b;--on2:#fbfbf9;--on3:#fbfbf9;--on4:#fbfbf9;--on5:#15181b;--on6:#fbfbf9;--on7:#15181b;
--sans:"Inter","Segoe UI Variable Text","Segoe UI",system-ui,-apple-system,"Helvetica Neue",Arial,"Liberation Sans",sans-serif;
--mono:ui-monospace,"SF Mono","Cascadia Mono","JetBrains Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media screen and (prefers-color-scheme:dark){:root{--bg:#101316;--soft:#191d21;--ink:#eef0f2;--ink2:#b7bec6;--ink3:#929aa3;--rule:#2c3238;--rule2:#626c76;--bad:#ff8a7a;--on-bad:#101316;--mark:#4a3f0c;--p0:#5b82d8;--on0:#101316;--p1:#cf831f;--on1:#101316;--p2:#5ccfa6;--on2:#101316;--p3:#dd9bf2;--on3:#101316;--p4:#efe6a6;--on4:#101316;--p5:#6aa5bd;--on5:#101316;--p6:#a27a6e;--on6:#101316;--p7:#c5cfda;--on7:#101316}}
*{box-sizing:border-box}
html{font-size:16px;-webkit-text-size-adjust:100%;text-size-adjust:100%;scroll-padding-top:1.5rem;scroll-behavior:smooth}
@media (min-width:1700px){html{font-size:18.5px}}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;overflow-wrap:anywhere;background:var(--bg);color:var(--ink);font:400 1rem/1.55 var(--sans);font-variant-numeric:tabular-nums lining-nums}
.vh{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
a{color:inherit;text-underline-offset:.18em;text-decoration-thickness:1px;text-decoration-color:var(--rule2)}
a:hover{text-decoration-thickness:2px;text-decoration-color:currentColor}
a.g{text-decoration-style:dotted}
:focus-visible{outline:3px solid var(--p0);outline-offset:3px;border-radius:2px}
.skip{position:absolute;left:-999px}.skip:focus{left:1rem;top:1rem;background:var(--bg);padding:.5rem 1rem;z-index:2}
.page{max-width:84.5rem;margin:0 auto;padding:0 2rem}
/* masthead ------------------------------------------------------------ */
.top{display:flex;flex-wrap:wrap;gap:.25rem 2rem;align-items:baseline;padding:1.5rem 0 .75rem;border-bottom:1px solid var(--rule);font-size:.875rem;color:var(--ink2)}
.top b{font:600 .9375rem var(--mono);color:var(--ink);letter-spacing:-.01em}
.top .r{margin-left:auto;display:flex;gap:1.25rem}
.top ul,.trust ul{list-style:none;display:flex;flex-wrap:wrap;gap:.15rem 1.5rem;margin:0;padding:0}
/* verdict --------------------------------------------------------------- */
.verdict{padding:3.25rem 0 0}
h1{font-size:clamp(2.1rem,1.15rem + 3.3vw,4rem);line-height:1.04;letter-spacing:-.028em;font-weight:700;margin:0 0 1rem;max-width:20em;text-wrap:balance}
.lede{font-size:clamp(1.125rem,1rem + .6vw,1.5rem);line-height:1.4;color:var(--ink2);margin:0;max-width:46em}
.hero{margin:2.75rem 0 0}
.findings{list-style:none;margin:2.75rem 0 0;padding:0;display:grid;grid-template-columns:repeat(4,1fr);gap:2rem}
.findings li{border-top:2px solid var(--ink);padding-top:.875rem;scroll-margin-top:2rem}
.findings h2,.findings h3{font-size:1.125rem;line-height:1.3;margin:0 0 .5rem;letter-spacing:-.01em;display:flex;gap:.6rem;align-items:flex-start;font-weight:650}
.findings p{margin:0 0 .6rem;font-size:.9375rem;line-height:1.5;color:var(--ink2)}
.findings .ev{font-size:.8125rem;color:var(--ink3);margin:0}
.gl{flex:none;display:inline-grid;place-items:center;width:1.5rem;height:1.5rem;font:700 1rem/1 var(--mono);border:2px solid currentColor;border-radius:3px;margin-top:.02rem}
.gl.g-warn,.gl.g-fault{background:var(--bad);border-color:var(--bad);color:var(--on-bad)}
.trust{margin:2rem 0 0;padding:.8rem 0;border-top:1px solid var(--rule);border-bottom:1px solid var(--rule);font-size:.875rem;color:var(--ink2);display:flex;gap:.35rem 1.5rem;flex-wrap:wrap}
.trust b{color:var(--ink)}
/* port identity: colour + shape + name -------------------------------------- */
.port{font-family:var(--mono);font-size:.94em;overflow-wrap:anywhere;font-weight:500}
.port svg{display:inline-block;width:.82em;height:.82em;margin-right:.26em;vertical-align:-.04em}
.port.big{font-weight:700;letter-spacing:-.05em}
.port.big svg{width:.68em;height:.68em;margin-right:.14em;vertical-align:-.01em}
.f0{fill:var(--p0)}.l0{stroke:var(--p0);fill:none}
.f1{fill:var(--p1)}.l1{stroke:var(--p1);fill:none}
.f2{fill:var(--p2)}.l2{stroke:var(--p2);fill:none}
.f3{fill:var(--p3)}.l3{stroke:var(--p3);fill:none}
.f4{fill:var(--p4)}.l4{stroke:var(--p4);fill:none}
.f5{fill:var(--p5)}.l5{stroke:var(--p5);fill:none}
.f6{fill:var(--p6)}.l6{stroke:var(--p6);fill:none}
.f7{fill:var(--p7)}.l7{stroke:var(--p7);fill:none}
svg .on0{fill:var(--on0);font-weight:700}svg .on1{fill:var(--on1);font-weight:700}svg .on2{fill:var(--on2);font-weight:700}svg .on3{fill:var(--on3);font-weight:700}svg .on4{fill:var(--on4);font-weight:700}svg .on5{fill:var(--on5);font-weight:700}svg .on6{fill:var(--on6);font-weight:700}svg .on7{fill:var(--on7);font-weight:700}
/* sections ------------------------------------------------------------------ */
.body{display:grid;grid-template-columns:minmax(0,1fr);margin-top:1rem}
.toc{display:none}
section.s{padding:3.25rem 0 0;scroll-margin-top:0}
section.s>h2{font-size:1.5rem;line-height:1.2;letter-spacing:-.015em;margin:0 0 .4rem;font-weight:680;display:flex;gap:.7rem;align-items:baseline}
section.s>h2 .no{font:500 .875rem var(--mono);color:var(--ink3);min-width:1.4rem;letter-spacing:0}
.ans{font-size:1.0625rem;margin:0 0 1.5rem;max-width:44em;color:var(--ink2)}
.ans b{color:var(--ink);font-weight:620}
h3{font-size:1rem;margin:2rem 0 .5rem;font-weight:650}
.note{font-size:.875rem;line-height:1.5;color:var(--ink2);margin:1rem 0 0;max-width:44em}
.note p{margin:0 0 .6rem}.note b{color:var(--ink)}
figure{margin:0}
figcaption{font-size:.875rem;line-height:1.5;color:var(--ink2);margin:.6rem 0 0;max-width:50em}
svg{display:block;overflow:visible}
svg.wide{width:100%;height:auto}svg.narrow{display:none;width:100%;max-width:26rem;height:auto}
/* chart text and ink --------------------------------------------------------- */
svg text{font:400 12.5px var(--sans);fill:var(--ink2);font-variant-numeric:tabular-nums}
svg .b{font-weight:650;fill:var(--ink)}svg .k{fill:var(--ink)}svg .m{font-family:var(--mono);font-size:12px}svg .mb{font-family:var(--mono);font-size:12px;font-weight:700;fill:var(--ink)}
svg .q{fill:var(--ink3)}svg .h{font-size:15px;font-weight:650;fill:var(--ink);letter-spacing:-.01em}svg .big{font-size:34px;font-weight:700;fill:var(--ink);letter-spacing:-.02em}svg .big0{font-size:34px;font-weight:400;fill:var(--ink3)}
svg.pairs{display:block;width:auto;height:auto;margin:.4rem 0 0}svg .moved{fill:var(--ink)}svg .kept{fill:none;stroke:var(--rule2)}svg .same{text-decoration:underline;font-weight:700;fill:var(--ink)}svg .less{font-size:24px}svg .xs{font-size:11px}svg .pn{font:600 13px var(--mono);fill:var(--ink)}svg .pn.large{font-size:18px}
svg .ax{stroke:var(--rule2);stroke-width:1}svg .gr{stroke:var(--rule);stroke-width:1}svg .ref{stroke:var(--ink);stroke-width:1;stroke-dasharray:3 3}svg .inkl{stroke:var(--ink);stroke-width:1.5}
svg .soft{fill:var(--soft)}svg .ink{fill:var(--ink)}svg .mid{fill:var(--rule2)}svg .bgf{fill:var(--bg)}svg .box{fill:none;stroke:var(--rule2);stroke-width:1}svg .badf{fill:var(--bad)}svg .badl{stroke:var(--bad);stroke-width:1.5}
svg .halo{paint-order:stroke;stroke:var(--bg);stroke-width:4px;stroke-linejoin:round}
svg .hatch{stroke:var(--rule2);stroke-width:1;fill:none}svg .bracket{fill:none}svg .empty{stroke:var(--rule2);stroke-width:1.25;stroke-dasharray:2 4}
/* tables ------------------------------------------------------------------------ */
.scroll{overflow-x:auto;margin-top:.5rem}
table{border-collapse:collapse;width:100%;font-size:.875rem;line-height:1.4}
th,td{text-align:left;vertical-align:top;padding:.42rem .9rem .42rem 0;border-bottom:1px solid var(--rule)}
th:last-child,td:last-child{padding-right:0}
thead th{font-weight:600;color:var(--ink2);border-bottom:1px solid var(--rule2);vertical-align:bottom;font-size:.8125rem}
tbody th{font-weight:500}
.n{text-align:right!important;white-space:nowrap}
td.mono,th .mono,.mono{font-family:var(--mono);font-size:.8125rem}
.z{color:var(--ink3)}
.vd{white-space:nowrap;font-weight:620;color:var(--ink)}
.vd svg{display:inline-block}.pairs{display:block;margin-top:.35rem}
.vd svg{width:1.05rem;height:1.05rem;margin-right:.4rem;vertical-align:-.2em}
details{margin-top:.75rem}
summary{cursor:pointer;font-size:.8125rem;color:var(--ink2);width:max-content;max-width:100%;padding:.25rem 0;text-decoration:underline;text-decoration-color:var(--rule2);text-underline-offset:.2em}
summary:hover{color:var(--ink)}
/* commands: one click selects all ------------------------------------------------- */
code{font-family:var(--mono);font-size:.875em}
.cmd{display:block;white-space:pre-wrap;font-size:.8125rem;line-height:1.5;background:var(--soft);border-left:3px solid var(--rule2);padding:.5rem .75rem;margin:.4rem 0;user-select:all;-webkit-user-select:all;overflow-wrap:anywhere;color:var(--ink)}
td .cmd,.inl{display:inline;background:none;border:0;padding:0;margin:0;user-select:all;-webkit-user-select:all;font-family:var(--mono);font-size:.8125rem;overflow-wrap:anywhere}
td .inl{display:inline-block;min-width:11.5rem;overflow-wrap:break-word}
.todo{list-style:none;margin:0;padding:0;counter-reset:t}
.todo>li{counter-increment:t;display:grid;grid-template-columns:2.75rem minmax(0,1fr) minmax(0,1.15fr);gap:0 1.5rem;padding:1.25rem 0;border-top:1px solid var(--rule)}
.todo>li:first-child{border-top:0;padding-top:.5rem}
.todo>li::before{content:counter(t);font-size:2.25rem;line-height:1;font-weight:700;letter-spacing:-.03em}
.opt{white-space:nowrap}.todo h3{margin:0 0 .35rem;font-size:1.125rem;line-height:1.3}
.todo p{margin:0;font-size:.9375rem;color:var(--ink2)}
.todo dl{margin:.5rem 0 0;font-size:.875rem;display:grid;grid-template-columns:max-content 1fr;gap:.2rem .9rem;color:var(--ink2)}
.todo dt{font-weight:620;color:var(--ink)}.todo dd{margin:0}
.bits{font-family:var(--mono);font-size:.8125rem;color:var(--ink3);letter-spacing:.02em}.bits b{color:var(--ink);text-decoration:underline;text-underline-offset:.2em}
.foot{margin:4rem 0 0;padding:1.25rem 0 3rem;border-top:1px solid var(--rule);font-size:.8125rem;color:var(--ink3)}
dl.gloss{display:grid;grid-template-columns:max-content 1fr;gap:.35rem 1.5rem;font-size:.875rem;margin:0}dl.gloss dt{font-weight:620}dl.gloss dd{margin:0;color:var(--ink2)}
:target{background:linear-gradient(var(--mark),var(--mark)) no-repeat 0 0/100% 100%}
section:target{background:none}section.s:target>h2{background:var(--mark)}
/* wide screens: contents | report | margin notes ------------------------------------ */
@media (min-width:1180px){
 .body{grid-template-columns:11rem minmax(0,1fr);gap:0 3.5rem}
 .toc{display:block;position:sticky;top:0;align-self:start;padding:3.4rem 0 2rem;max-height:100vh;overflow:auto;font-size:.8125rem;line-height:1.35}
 .toc ol{list-style:none;margin:0;padding:0}.toc a{display:grid;grid-template-columns:1.6rem 1fr;padding:.28rem 0;text-decoration:none;color:var(--ink2)}
 .toc a:hover{color:var(--ink);text-decoration:underline}.toc .no{font-family:var(--mono);color:var(--ink3);font-size:.75rem}
 .toc .port{font-size:.75rem}
 .toc .key{margin-top:1.25rem;padding-top:1rem;border-top:1px solid var(--rule);display:grid;grid-template-columns:1fr 1fr;gap:.3rem;color:var(--ink2)}
 section.s{display:grid;grid-template-columns:minmax(0,47.5rem) minmax(0,1fr);column-gap:2.75rem;align-content:start}
 section.s>*{grid-column:1}
 section.s>.note{grid-column:2;grid-row:1/span 9;margin-top:2.6rem;font-size:.8125rem;border-left:1px solid var(--rule);padding-left:1.1rem;align-self:start}
 section.s.full{display:block}
}
@media (max-width:1179px){.hero svg.wide text{font-size:17px}.hero svg.wide .H2{font-size:24px}.hero svg.wide .big,.hero svg.wide .big0{font-size:40px}.hero svg.wide .h{font-size:20px}.hero svg.wide .xs{font-size:15px}.findings{grid-template-columns:1fr 1fr}.todo>li{grid-template-columns:2.25rem minmax(0,1fr)}.todo>li>div:last-child{grid-column:2;margin-top:.6rem}}
@media (max-width:719px){
 .page{padding:0 1rem}.verdict{padding-top:2rem}.findings{grid-template-columns:1fr;gap:1.5rem}.hero{margin-top:1.75rem}
 svg.wide{display:none}svg.narrow{display:block}.top .r{margin-left:0}section.s{padding-top:2.75rem}
 section.s>h2{font-size:1.3125rem}dl.gloss{grid-template-columns:1fr;gap:0}dl.gloss dd{margin-bottom:.6rem}
 th,td{padding-right:.7rem}
 .scroll table.stack{overflow-wrap:anywhere}.stack .port{white-space:normal}
 table.stack,.stack tbody,.stack tr,.stack th,.stack td{display:block;border:0;padding:0}.stack thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
 .stack tr{padding:.8rem 0;border-bottom:1px solid var(--rule)}.stack th{font-weight:650;font-size:.9375rem}.stack td{margin-top:.55rem;padding-left:.9rem;border-left:2px solid var(--rule)}
 .stack td.n{text-align:left!important}.stack td::before{content:attr(data-l);display:block;font-size:.75rem;color:var(--ink3)}
}
/* paper ----------------------------------------------------------------------------- */
@media print{
 @page{size:A4;margin:14mm 14mm 16mm}:root{--bg:#fff}
 html{font-size:10.2pt}.page{padding:0;max-width:none}.toc,.skip,.top .r{display:none}.verdict{padding-top:1.5rem}
 h1{font-size:26pt}.lede{font-size:12.5pt}.hero{margin-top:1.4rem}.findings{grid-template-columns:1fr 1fr;margin-top:1.5rem;gap:1.1rem 1.6rem}
 svg.wide{display:block!important}svg.narrow{display:none!important}
 section.s{padding-top:1.6rem}section.s>h2,h2,h3,.ans{break-after:avoid;break-inside:avoid}svg,figcaption,.todo>li,.findings li,tr,.note{break-inside:avoid}svg{break-after:avoid}details>summary{break-after:avoid}.hero svg.wide text{font-size:17px}.hero svg.wide .H2{font-size:24px}.hero svg.wide .big,.hero svg.wide .big0{font-size:40px}.hero svg.wide .h{font-size:20px}.hero svg.wide .xs{font-size:15px}
 details>summary{list-style:none;text-decoration:none;font-weight:600}details::details-content{content-visibility:visible!important;block-size:auto!important}details>*{display:block}
 .scroll{overflow:visible}table{font-size:8.4pt}table table,details .scroll{display:block}a{text-decoration:none}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
@media (forced-colors:active){svg *{forced-color-adjust:auto}.gl{border:2px solid}}

/* drawn by code */
svg .H2{font-size:19px;font-weight:680;fill:var(--ink);letter-spacing:-.012em}
.ring{fill:none;stroke:currentColor;stroke-width:1.6}
.vd svg{width:1.5rem}
.scroll table{overflow-wrap:break-word}td .port,th .port{white-space:nowrap}
.after{font-size:.875rem;color:var(--ink2);margin:.75rem 0 0;max-width:44em}
svg .thread{fill:none;stroke:var(--rule2);stroke-width:1}
svg .open{fill:var(--bg);stroke:var(--ink);stroke-width:1.5}svg .hollow{fill:var(--bg);stroke-width:1.5}svg .f0.hollow{stroke:var(--p0)}svg .f1.hollow{stroke:var(--p1)}svg .f2.hollow{stroke:var(--p2)}svg .f3.hollow{stroke:var(--p3)}svg .f4.hollow{stroke:var(--p4)}svg .f5.hollow{stroke:var(--p5)}svg .f6.hollow{stroke:var(--p6)}svg .f7.hollow{stroke:var(--p7)}
.chart{margin:0 0 .75rem}details+.chart{margin-top:2rem}.charts2{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:1.5rem}
.findings li.more{grid-column:span 1}
`;
